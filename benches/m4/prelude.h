/*
 * What the function bodies of wasm2c need, in place of its own prelude: no libc, memory a static array, and a bounds check
 * that compares the base of an address with a constant. The meaning is that of Wasm: base + offset + size <= MEM_BYTES.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;

extern u8 memory[MEM_BYTES];
extern void trap(void) __attribute__((noreturn));

#define INLINE static inline __attribute__((always_inline))
#define CHECK(base, offset, size) \
  if (__builtin_expect((offset) + (size) > MEM_BYTES || (base) > MEM_BYTES - (offset) - (size), 0)) trap()

#define LOAD(name, in, through, out)               \
  INLINE out name(u32 base, u32 offset) {          \
    in value;                                      \
    CHECK(base, offset, sizeof value);             \
    __builtin_memcpy(&value, memory + base + offset, sizeof value); \
    return (out)(through)value;                    \
  }
#define STORE(name, in, stored)                    \
  INLINE void name(u32 base, u32 offset, in value) { \
    stored low = (stored)value;                    \
    CHECK(base, offset, sizeof low);               \
    __builtin_memcpy(memory + base + offset, &low, sizeof low); \
  }

LOAD(i32_load, u32, u32, u32)
LOAD(i32_load8_u, u8, u32, u32)
LOAD(i32_load16_u, u16, u32, u32)
LOAD(i64_load, u64, u64, u64)
LOAD(i64_load8_u, u8, u64, u64)
LOAD(i64_load32_s, s32, s64, u64)
LOAD(i64_load32_u, u32, u64, u64)
STORE(i32_store, u32, u32)
STORE(i32_store8, u32, u8)
STORE(i32_store16, u32, u16)
STORE(i64_store, u64, u64)
STORE(i64_store8, u64, u8)
STORE(i64_store32, u64, u32)

#define I32_ROTL(x, n) (((x) << ((n) & 31)) | ((x) >> (-(n) & 31)))
#define I32_ROTR(x, n) (((x) >> ((n) & 31)) | ((x) << (-(n) & 31)))
#define I64_ROTL(x, n) (((x) << ((n) & 63)) | ((x) >> (-(n) & 63)))
#define I64_ROTR(x, n) (((x) >> ((n) & 63)) | ((x) << (-(n) & 63)))
#define I32_CLZ(x) ((x) ? (u32)__builtin_clz(x) : 32u)
#define I64_CLZ(x) ((x) ? (u64)__builtin_clzll(x) : 64u)
#define I32_CTZ(x) ((x) ? (u32)__builtin_ctz(x) : 32u)
#define I64_CTZ(x) ((x) ? (u64)__builtin_ctzll(x) : 64u)
#define DIV_U(x, y) ((y) ? (x) / (y) : (trap(), (x)))
#define REM_U(x, y) ((y) ? (x) % (y) : (trap(), (x)))
#define UNREACHABLE trap()
#define FUNC_PROLOGUE /* depth: the call graph has no cycle, see main.c */
#define FUNC_EPILOGUE
