// What stands between the page and the server's WebSocket: alters what the server says, answers instead of it, or cuts the line.

export const kNothing = Symbol('nothing');

// Gives `before` for openPage(). `change` may alter each message of the server, `answer` may answer one of the page instead of it
// (null: the server does; kNothing: nobody does).
export const between = ({ change = (message) => message, answer = () => null }) => (page) => page.routeWebSocket('**/ws', (socket) => {
  const onward = socket.connectToServer();
  onward.onMessage((message) => socket.send(JSON.stringify(change(JSON.parse(message)))));
  socket.onMessage((message) => {
    const own = answer(JSON.parse(message));
    if (own === kNothing) return;
    if (own) socket.send(JSON.stringify(own));
    else onward.send(message);
  });
});

// The server says all it says but for these fields of its status, which stay as given.
export const always = (fields) => between({ change: (message) => {
  if (message.status === 'snapshot' || message.status === 'update') {
    for (const [name, value] of Object.entries(fields)) {
      const inner = typeof value === 'object';
      if (message.status === 'snapshot') message[name] = inner ? { ...message[name], ...value } : value;
      else delete message[name];
    }
  }
  return message;
} });

// A line to the server that can be cut and mended: {before, cut(), mend()}.
export function fragileLine() {
  let whole = true;
  const sockets = new Set();
  return {
    before: (page) => page.routeWebSocket('**/ws', (socket) => {
      if (!whole) {
        socket.close();
        return;
      }
      sockets.add(socket);
      socket.connectToServer();
    }),
    cut() {
      whole = false;
      for (const socket of sockets) socket.close();
      sockets.clear();
    },
    mend() {
      whole = true;
    },
  };
}
