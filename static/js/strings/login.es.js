export default {
  'login.user': 'Nombre',
  'login.password': 'Contraseña',
  'login.enter': 'Entrar',
  'login.401': 'El nombre o la contraseña no son correctos.',
  'login.429': 'Demasiadas contraseñas equivocadas. Vuelva a intentarlo dentro de {seconds} s.',
  'login.forbidden': 'La grabadora cree que esta página es de otro sitio: un proxy intermedio debe pasar la cabecera Host tal como llegó, con su puerto. {detail}',
  'login.busy': 'Hay demasiados intentos de entrar a la vez. Vuelva a intentarlo dentro de un momento.',
  'login.503': 'Ahora mismo no puede entrar nadie. El registro de la grabadora dice por qué.',
  'login.lost': 'La grabadora no responde.',
};
