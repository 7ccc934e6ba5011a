/*
 * Runs the exports on a simulated Cortex-M4 and prints what each took. Under QEMU's -icount shift=0 one instruction is one
 * nanosecond, and SysTick of the mps2 boards ticks every 40 of them.
 */
#include "core.c"
#include "input.h"

u8 memory[MEM_BYTES] __attribute__((aligned(8)));

#define WORD(address) (*(volatile u32 *)(address))
enum { CONTROL = 0xe000e010, RELOAD = 0xe000e014, CURRENT = 0xe000e018, TICK = 40, AT = 0x2300 };

static int semihosting(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void leave(u32 reason) {
  semihosting(0x18, (const void *)reason);
  for (;;) {}
}

void trap(void) {
  semihosting(0x04, "trap\n");
  leave(0x20023);
}

static void print(const char *name, u32 value) {
  char line[48];
  int n = 0;
  while (*name) line[n++] = *name++;
  line[n++] = ' ';
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10), value /= 10;
  while (value);
  while (count) line[n++] = digits[--count];
  line[n++] = '\n';
  line[n] = 0;
  semihosting(0x04, line);
}

static void put(u32 at, const u8 *from, u32 length) {
  while (length--) memory[at++] = *from++;
}
static u32 same(u32 at, const u8 *other, u32 length) {
  u32 difference = 0;
  while (length--) difference |= memory[at++] ^ *other++;
  return difference == 0;
}

static void paint(void);
static u32 painted(void);

#define MEASURE(sum, call)                     \
  do {                                         \
    u32 before = WORD(CURRENT);                \
    call;                                      \
    sum += ((before - WORD(CURRENT)) & 0xffffff) * TICK; \
  } while (0)

int main(void) {
  WORD(RELOAD) = 0xffffff;
  WORD(CONTROL) = 5;
  init_memories();
  u32 accepted = 0, sum = 0, deepest = 0;
  for (u32 i = 0; i < 8; i++) {
    put(AT, cases + 396 * i, 396); /* signature 64, key 32, message 300 */
    paint();
    MEASURE(sum, accepted += w2c_core_ed25519Verify_0(AT, AT + 64, AT + 96, 300));
    u32 used = painted();
    if (used > deepest) deepest = used;
  }
  print("verify", sum / 8);
  print("stack", deepest);
  print("accepted", accepted);
  memory[AT + 40] ^= 1;
  print("spoilt", w2c_core_ed25519Verify_0(AT, AT + 64, AT + 96, 300));

  u32 taken = 0;
  put(AT + 256, kilobyte, 1024);
  w2c_core_sha256Begin_0(AT);
  MEASURE(taken, w2c_core_sha256Update_0(AT, AT + 256, 1024));
  print("sha256", taken);
  w2c_core_sha256End_0(AT, AT);
  print("sha256_right", same(AT, digest256, 32));
  w2c_core_sha512Begin_0(AT);
  taken = 0;
  MEASURE(taken, w2c_core_sha512Update_0(AT, AT + 256, 1024));
  print("sha512", taken);
  w2c_core_sha512End_0(AT, AT);
  print("sha512_right", same(AT, digest512, 64));
  leave(0x20026);
}

/* The stack below the caller is painted before a run; what is not painted after it was used. */
enum { DEPTH = 1024 };
static void __attribute__((noinline)) paint(void) {
  volatile u8 area[DEPTH];
  for (u32 i = 0; i < DEPTH; i++) area[i] = 0xa5;
}
static u32 __attribute__((noinline)) painted(void) {
  volatile u8 area[DEPTH];
  u32 i = 0;
  while (i < DEPTH && area[i] == 0xa5) i++;
  return DEPTH - i;
}

extern u32 data_from, data_start, data_end, bss_start, bss_end;
void __attribute__((naked, used)) start(void) {
  __asm__ volatile("bl begin");
}
void __attribute__((used)) begin(void) {
  u32 *to = &data_start;
  for (const u32 *from = &data_from; to < &data_end;) *to++ = *from++;
  for (to = &bss_start; to < &bss_end;) *to++ = 0;
  main();
}
extern u32 stack_top;
__attribute__((section(".vectors"), used)) static const void *const vectors[] = {
  &stack_top, (void *)start, (void *)trap, (void *)trap, (void *)trap, (void *)trap, (void *)trap,
};
