// From the embedded text to typed arrays.

const ARRAY_TYPES = {u1: Uint8Array, u4: Uint32Array, i4: Int32Array, f8: Float64Array};

/** The columns of the recording, by name. They are embedded as one base64 text of one zlib stream. */
async function decodeColumns(meta, text) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const columns = {};
  for (const [name, type, offset, length] of meta.columns) {
    columns[name] = new ARRAY_TYPES[type](buffer, offset, length);
  }
  return columns;
}

function bytesOf(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
