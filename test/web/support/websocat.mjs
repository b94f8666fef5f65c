// As much of websocat, which Debian does not have, as README.md uses: websocat -n URL sends each line, and prints what comes until the
// other side ends.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { createInterface } from 'node:readline';

const [flag, url] = process.argv.slice(2);
if (flag !== '-n' || !url?.startsWith('ws://')) throw new Error('only websocat -n ws://... is known here');

// A masked text message of less than 126 bytes.
function textFrame(text) {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

function* messages(bytes) {
  for (let at = 0; bytes.length - at >= 2;) {
    const short = bytes[at + 1];
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length - at < head) return;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (bytes.length - at < head + length) return;
    yield { end: at += head + length, text: bytes.toString('utf8', at - length, at) };
  }
}

const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': randomBytes(16).toString('base64') };
// localhost is known without being asked for: a fresh root has no /etc/hosts.
const { host, hostname, port, pathname } = new URL(url);
const to = { host: hostname === 'localhost' ? '127.0.0.1' : hostname, port, path: pathname, headers: { Host: host, ...headers } };
request(to).on('upgrade', (_, socket, head) => {
  let unread = head;
  const read = () => {
    let done = 0;
    for (const { end, text } of messages(unread)) {
      console.log(text);
      done = end;
    }
    unread = unread.subarray(done);
  };
  socket.on('data', (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    read();
  });
  socket.on('close', () => process.exit(0));
  read();
  createInterface({ input: process.stdin }).on('line', (line) => socket.write(textFrame(line)));
}).end();
