// Ways to make a picture of a JPEG. Which one is fastest differs by browser and by machine, so it is tried.
const kType = 'image/jpeg';
const kAtOnce = 3;        // decodes that run at the same time, as when playing
const kTries = 6;

// Here, which may be a worker: bytes -> what a canvas can draw and a worker can give away.
export const ways = {
  bitmap: (bytes) => createImageBitmap(new Blob([bytes], { type: kType })),
  ...(typeof ImageDecoder === 'function' && {
    codec: async (bytes) => {
      const decoder = new ImageDecoder({ type: kType, data: bytes });
      try {
        return (await decoder.decode()).image;
      } finally {
        decoder.close();
      }
    },
  }),
};

// On a page only: an element decodes with what shows the pictures of pages.
export async function decodeElement(bytes) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes], { type: kType }));
  try {
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

// ms a picture, decoded and drawn, when as many are decoded at once as when playing; Infinity when it can not. `goOn` says whether to
// try further: NaN when it did not.
export async function timeOf(decode, bytes, goOn = () => true) {
  const canvas = new OffscreenCanvas(1, 1);
  let left = kTries;
  const run = async () => {
    while (left > 0 && goOn()) {
      left -= 1;
      const picture = await decode(bytes);
      drawTo(canvas, picture);
      picture.close?.();
    }
  };
  const begin = performance.now();
  try {
    await Promise.all(Array.from({ length: kAtOnce }, run));
  } catch {
    return Infinity;
  }
  return left > 0 ? NaN : (performance.now() - begin) / kTries;
}

// Some decoders leave work to whoever draws, and a canvas draws only when somebody looks.
function drawTo(canvas, picture) {
  const { width, height } = sizeOf(picture);
  if (canvas.width !== width) Object.assign(canvas, { width, height });
  canvas.getContext('2d', { alpha: false }).drawImage(picture, 0, 0);
  canvas.transferToImageBitmap().close();
}

// Of an ImageBitmap, a VideoFrame or an element that is loaded.
const sizeOf = (picture) => ({
  width: picture.displayWidth ?? picture.naturalWidth ?? picture.width,
  height: picture.displayHeight ?? picture.naturalHeight ?? picture.height,
});
