export default {
  'login.user': 'Name',
  'login.password': 'Password',
  'login.enter': 'Log in',
  'login.401': 'The name or the password is wrong.',
  'login.429': 'Too many wrong passwords. Try again in {seconds} s.',
  'login.forbidden': 'The recorder takes this page for another site’s: a proxy in between must pass the Host header on, with its port. {detail}',
  'login.busy': 'Too many people are logging in at once. Try again in a moment.',
  'login.503': 'Nobody can log in at the moment. The log of the recorder says why.',
  'login.lost': 'The recorder does not answer.',
};
