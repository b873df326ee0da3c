// A signed map over its picture, shared by the gallery of maps and the film; behind canvas.js.
// Maps come as bytes: 127 is zero, 0 and 254 are the largest size against and for the class.

const LOOK = "darkroom:saliency-look"; // the gallery's opacity and signs hold for the film too

function saliencyLook() {
  return (window.darkroomSaliencyLook ??= { opacity: 0.8, positive: false });
}

function setSaliencyLook(change) {
  Object.assign(saliencyLook(), change);
  window.dispatchEvent(new CustomEvent(LOOK));
}

// `ramp` is {against, zero, for}, each [r, g, b]; `share` is -1..1.
function rampColor(ramp, share) {
  const towards = share < 0 ? ramp.against : ramp.for;
  const size = Math.abs(share);
  return ramp.zero.map((from, part) => from + size * (towards[part] - from));
}

// Paints map number `at` of `maps` over the picture `pixels` of `shape` [height width channels].
function paintOverlay(canvas, pixels, shape, maps, at, ramp) {
  const [height, width, channels] = shape;
  const { opacity, positive } = saliencyLook();
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const count = height * width;
  const table = Array.from({ length: 256 }, (_, byte) => {
    const share = Math.min(1, (byte - 127) / 127);
    return rampColor(ramp, positive ? Math.max(0, share) : share);
  });
  const image = new ImageData(width, height);
  for (let place = 0; place < count; place++) {
    const color = table[maps[at * count + place]];
    for (let part = 0; part < 3; part++) {
      const under = pixels[channels * place + (channels === 3 ? part : 0)];
      image.data[4 * place + part] = under + opacity * (color[part] - under);
    }
    image.data[4 * place + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// The points of a polyline for values in 0..1 at equal distances; values that are missing end it.
function curvePoints(values, start, count, x, y) {
  const points = [];
  for (let step = 0; step < count; step++) {
    const value = values[start + step];
    if (Number.isNaN(value)) break;
    points.push(`${x(step / (count - 1)).toFixed(1)},${y(value).toFixed(1)}`);
  }
  return points.join(" ");
}
