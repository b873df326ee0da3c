// Brings one part of a component's data to the browser and shows nothing.
// Layout of the bytes (little endian): length of the header, the header as JSON padded to a
// multiple of four, then the arrays it names as [type, offset, length].

const ARRAY_TYPES = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  i4: Int32Array,
  f4: Float32Array,
};

function decodePart(bytes) {
  // The bytes lie anywhere in the message they came in; a copy of the buffer begins aligned.
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const headerLength = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)));
  const start = 4 + headerLength;
  const arrays = {};
  for (const [name, [type, offset, length]] of Object.entries(header.arrays)) {
    arrays[name] = new ARRAY_TYPES[type](buffer, start + offset, length);
  }
  return { ...header.meta, ...arrays };
}

export default function (component) {
  const { data, parentElement } = component;
  const { key, part, ...value } = decodePart(data);
  darkroomParts().put(key, part, value, parentElement);
  return whenGone(parentElement, () => darkroomParts().drop(key, part, parentElement));
}
