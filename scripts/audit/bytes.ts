/** A cursor over bytes, with the number formats of WebAssembly (Core Specification 2.0 §5.2.2). */
export class Bytes {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Error(`Cannot read module: it ends at byte ${this.at}`);
    return this.bytes[this.at++] as number;
  }

  skip(length: number): void {
    if (this.at + length > this.end) throw new Error(`Cannot read module: it ends before byte ${this.at + length}`);
    this.at += length;
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  signed(): bigint {
    let value = 0n;
    let bits = 0n;
    for (;;) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << bits;
      bits += 7n;
      if (byte < 0x80) return BigInt.asIntN(Number(bits), value);
    }
  }

  text(): string {
    const length = this.unsigned();
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}
