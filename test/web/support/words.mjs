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

// `status` with these fields instead of its own; those of an object within it one by one.
export function withFields(status, fields) {
  const result = { ...status };
  for (const [name, value] of Object.entries(fields)) result[name] = typeof value === 'object' ? { ...status[name], ...value } : value;
  return result;
}

// The server says all it says but for these fields of its status, which stay as given.
export const always = (fields) => between({ change: (message) => {
  if (message.status === 'snapshot') return withFields(message, fields);
  if (message.status === 'update') for (const name of Object.keys(fields)) delete message[name];
  return message;
} });

// A line to the server that can be cut and mended: {before, carry(a WebSocket of a route of one's own), cut(), mend()}.
export function fragileLine() {
  let whole = true;
  const sockets = new Set();
  const carry = (socket) => {
    if (!whole) {
      socket.close();
      return;
    }
    sockets.add(socket);
    socket.connectToServer();
  };
  return {
    carry,
    before: async (page) => {
      await page.route('**/api/access', (route) => (whole ? route.continue() : route.abort()));
      await page.routeWebSocket('**/ws', carry);
    },
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
