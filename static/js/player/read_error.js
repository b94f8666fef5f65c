// Why a picture can not be had. `kind` names a string of the page, player.problem.KIND:
//   gone (it was deleted), damaged (its index, or what lies where a frame should), server (it refuses, or can not read it),
//   login (that takes one), lost (the server does not answer), undecodable (no decoder takes the picture), empty (there is no recording)
export class ReadError extends Error {
  // `status`: of the answer that says so, where there is one.
  constructor(kind, detail = '', status = undefined) {
    super(detail ? `${kind}: ${detail}` : kind);
    this.kind = kind;
    this.status = status;
  }
}

// The kind of a ReadError, or of a request beside it, which fails with a CommandError.
export const kindOf = ({ kind }) => ({ refused: 'server', silent: 'lost' }[kind] ?? kind);

const kSilence = 10000;   // ms without a byte after which an answer counts as lost
const kPublishing = [200, 300, 500, 1000, 1000, 2000, 2000, 3000];   // ms between tries to find what is being published

// fetch that ends: after kSilence without an answer or a byte, or when `signal` says so. `read` takes the Response and a function
// to call whenever bytes have come. Fails with a ReadError, or with AbortError when `signal` ended it.
export async function patientFetch(url, { signal, ...options }, read) {
  const silence = new AbortController();
  const stop = () => silence.abort();
  let timer = setTimeout(stop, kSilence);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, kSilence);
  };
  signal?.addEventListener('abort', stop);
  try {
    signal?.throwIfAborted();
    const answer = await fetch(url, { ...options, signal: silence.signal });
    heard();
    if (answer.status === 401) throw new ReadError('login', url, answer.status);
    if (answer.status === 404) throw new ReadError('gone', url, answer.status);
    if (!answer.ok) throw new ReadError('server', `${answer.status} ${url}`, answer.status);
    return await read(answer, heard);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ReadError) throw error;
    throw new ReadError('lost', `${url}: ${error.message}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    silence.abort();      // what was not read of an answer need not come
  }
}

// All of an answer's body, as an ArrayBuffer; `heard` as in patientFetch.
export async function readAll(answer, heard) {
  const pieces = [];
  const reader = answer.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    heard();
    pieces.push(piece.value);
  }
  return new Blob(pieces).arrayBuffer();
}

// Between its last frame and its name in the archive a file that was being written can not be had for a moment: a disk may take
// seconds to sync it. `isMeant()` says whether that may be why it is not found.
export async function whilePublished(isMeant, work, signal) {
  for (const pause of kPublishing) {
    try {
      return await work();
    } catch (error) {
      if (error.kind !== 'gone' || !isMeant()) throw error;
    }
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    signal?.throwIfAborted();
  }
  return work();
}
