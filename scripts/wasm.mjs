// Reads the few facts the build needs out of a WebAssembly module (WebAssembly Core Specification 2.0 §5.5).

const SECTION_GLOBAL = 6;
const SIZES = new Map([[0x7f, 4], [0x7e, 8], [0x7d, 4], [0x7c, 8]]); // i32, i64, f32, f64 in bytes
const INIT_END = 0x0b;

/** Bytes of the mutable globals: state that does not stand in linear memory. */
export function mutableGlobals(bytes) {
  let at = 8; // magic and version
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = number();
    if (id !== SECTION_GLOBAL) {
      at += size;
      continue;
    }
    let total = 0;
    for (let left = number(); left > 0; left--) {
      const type = bytes[at++];
      const mutable = bytes[at++] === 1;
      if (!SIZES.has(type)) throw new Error(`Cannot size a global of type ${type}`);
      if (mutable) total += SIZES.get(type);
      at++; // opcode of the constant
      number(); // its value: LEB128, signed or not, is as long
      if (bytes[at++] !== INIT_END) throw new Error("Cannot read the initial value of a global");
    }
    return total;
  }
  return 0;
}
