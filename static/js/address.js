// Where the server is. A proxy may show all of it below a path of its own (https://example.org/cam/), which the server does
// not know: the address of this file tells.
const root = new URL('../../', import.meta.url).pathname;

// `path` as the server knows it: '/api/controls' is '/cam/api/controls' there.
export const addressOf = (path) => `${root}${path.slice(1)}`;
