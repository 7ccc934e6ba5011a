/* libFuzzer over the release bytes, translated to C by wasm2c. An input: session, options, piece size, exports (bit 0: those of partial verification), then files, each a
 * length of two bytes (little endian; from 0xff00 on: no such file, for the reason in the low byte) and its bytes. What is asked for again is the file before.
 * Places and numbers come from assembly/layout.ts and assembly/abi.ts as macros. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core.h"

#define MEMORY 65536
static Z_core_instance_t core, pristine;
static uint8_t image[MEMORY];
static int up;

void fuzz_trap(wasm_rt_trap_t code) {
  fprintf(stderr, "trap %d\n", (int)code);
  abort();
}

static uint8_t *at(uint32_t place) { return Z_coreZ_memory(&core)->data + place; }

static uint32_t report(uint32_t place) {
  uint32_t value;
  memcpy(&value, at(REPORT + place), 4);
  return value;
}

static void start(void) {
  if (up) {
    memcpy(&core, &pristine, sizeof core);
    memcpy(at(0), image, LIMIT);
    return;
  }
  wasm_rt_init();
  Z_core_init_module();
  Z_core_instantiate(&core);
  memcpy(at(WINDOW), "VIN0001tcu-1tcu-a", 17);
  memset(at(WINDOW + 17), 0, 32);
  memset(at(WINDOW + 49), 0x11, 32);
  Z_coreZ_identify(&core, 7, 5, 5, -1);
#ifndef PARTIAL
  memcpy(at(WINDOW), "tcu-1tcu-a", 10);
  memcpy(at(WINDOW + 10), KEY, 32);
  Z_coreZ_ecu(&core, 5, 5, 4);
#endif
  Z_coreZ_memory(&core)->size = LIMIT; /* beyond it every access traps */
  memcpy(&pristine, &core, sizeof core);
  memcpy(image, at(0), LIMIT);
  up = 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 4) return 0;
  start();
  const uint8_t *end = data + size, *before = data + 4;
  uint32_t beforeLength = 0, piece = 1 + data[2] * 4u;
#ifdef PARTIAL
  int partial = 1;
#else
  int partial = data[3] & 1;
  if (!partial) Z_coreZ_open(&core, data[0], data[1], NOW);
#endif
  if (partial) Z_coreZ_partialOpen(&core, data[0], data[1], NOW);
  data += 4;
  for (int files = 0; files < 200 && report(REPORT_WANT) != 0; files++) {
    const uint8_t *file = before;
    uint32_t length = beforeLength, status = 0;
    if (report(REPORT_SOURCE) != SOURCE_AGAIN) {
      if (end - data < 2) break;
      length = data[0] | data[1] << 8;
      data += 2;
      file = data;
      if (length >= 0xff00) {
#ifndef PARTIAL
        if (!partial) { Z_coreZ_missing(&core, length & 0xff); continue; }
#endif
        Z_coreZ_partialMissing(&core, length & 0xff);
        continue;
      }
      if ((size_t)length > (size_t)(end - data)) length = (uint32_t)(end - data);
      data += length;
      before = file;
      beforeLength = length;
    }
    for (uint32_t fed = 0; fed < length && status == 0;) {
      uint32_t n = length - fed < piece ? length - fed : piece;
      if (n > WINDOW_SIZE) n = WINDOW_SIZE;
      memcpy(at(WINDOW), file + fed, n);
#ifndef PARTIAL
      if (!partial) status = Z_coreZ_feed(&core, n); else
#endif
      status = Z_coreZ_partialFeed(&core, n);
      fed += n;
    }
#ifndef PARTIAL
    if (!partial) { Z_coreZ_end(&core); continue; }
#endif
    Z_coreZ_partialEnd(&core);
  }
  return 0;
}
