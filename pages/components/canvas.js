// Small pictures on canvases, shared by DeepVID's components; joined behind parts.js.

// Draws picture number `at` of `pixels` (uint8, [picture height width channel], one or three
// channels) into a canvas of the picture's own size; CSS enlarges it.
function paintPicture(canvas, pixels, at, [height, width, channels]) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const count = height * width;
  const image = new ImageData(width, height);
  const start = at * count * channels;
  for (let place = 0; place < count; place++) {
    for (let part = 0; part < 3; part++) {
      image.data[4 * place + part] = pixels[start + channels * place + (channels === 3 ? part : 0)];
    }
    image.data[4 * place + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function newElement(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function newShape(tag, attributes = {}, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// A share in few letters: .98, <.01, >.99, 1.
function shortNumber(share) {
  if (share > 0 && share < 0.005) return "<.01";
  if (share < 1 && share >= 0.995) return ">.99";
  return share === 1 ? "1" : share.toFixed(2).replace(/^0/, "");
}
