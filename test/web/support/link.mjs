// The link between a page and the server, as bad as a test wants it: slow, standing still, cut. Whole TCP connections go through it.
import net from 'node:net';

const kTick = 20;             // ms between two helpings of a slow link
const kPicture = /^GET \/stream[ ?]/;
const any = () => true;

export const picturesOnly = (connection) => connection.picture;

// A link to `server` that closes after the test `t`. `bytesPerSecond`: of all its connections together, towards the page.
export async function startLink(t, server, bytesPerSecond = Infinity) {
  const link = new Link(server.port, bytesPerSecond);
  await link.listen();
  t.after(() => link.close());
  return link;
}

class Link {
  carried = 0;              // bytes towards the page
  pictures = 0;             // streams that were asked for
  #connections = new Set();
  #server;
  #timer;
  #rate;

  constructor(port, rate) {
    this.#rate = rate;
    this.#server = net.createServer((client) => this.#take(client, port));
  }

  async listen() {
    await new Promise((resolve) => { this.#server.listen(0, '127.0.0.1', resolve); });
    this.port = this.#server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    if (this.#rate < Infinity) this.#timer = setInterval(() => this.#helpOut(), kTick);
  }

  close() {
    clearInterval(this.#timer);
    this.#server.close();
    this.cut();
  }

  // Streams that go through it now.
  get streams() {
    return [...this.#connections].filter(picturesOnly).length;
  }

  // What is open now carries nothing any more, and stays open.
  stall(which = any) {
    for (const connection of [...this.#connections].filter(which)) {
      connection.stalled = true;
      for (const end of [connection.client, connection.onward]) end.pause();
    }
  }

  cut(which = any) {
    for (const connection of [...this.#connections].filter(which)) connection.close();
  }

  #take(client, port) {
    const onward = net.connect(port, '127.0.0.1');
    const connection = { client, onward, picture: false, stalled: false, waiting: null, close: () => {
      this.#connections.delete(connection);
      client.destroy();
      onward.destroy();
    } };
    this.#connections.add(connection);
    client.on('data', (bytes) => {
      connection.picture = kPicture.test(bytes.toString('latin1', 0, 16));
      if (connection.picture) this.pictures += 1;
      onward.write(bytes);
    });
    onward.on('data', (bytes) => {
      if (this.#rate === Infinity) {
        this.#pass(connection, bytes);
        return;
      }
      connection.waiting = bytes;
      onward.pause();     // what waits here is old when it comes out
    });
    for (const end of [client, onward]) {
      for (const event of ['error', 'close']) end.on(event, () => connection.stalled || connection.close());
    }
  }

  #pass(connection, bytes) {
    this.carried += bytes.length;
    if (connection.client.write(bytes)) return;
    connection.onward.pause();
    connection.client.once('drain', () => connection.stalled || connection.onward.resume());
  }

  #helpOut() {
    const hungry = [...this.#connections].filter(({ waiting, stalled }) => waiting && !stalled);
    const share = Math.ceil(this.#rate * kTick / 1000 / Math.max(1, hungry.length));
    for (const connection of hungry) {
      const { waiting } = connection;
      this.carried += Math.min(share, waiting.length);
      connection.client.write(waiting.subarray(0, share));
      connection.waiting = waiting.length > share ? waiting.subarray(share) : null;
      if (!connection.waiting) connection.onward.resume();
    }
  }
}
