/* libFuzzer over the release bytes, translated to C by wasm2c. An input: session, options, piece size, exports (bit 0: those of partial verification), then files, each a
 * length of two bytes (little endian; from 0xff00 on: no such file, for the reason in the low byte) and its bytes. What is asked for again is the file before.
 * Besides traps it looks for: a status that status.ts does not know, a record that changed though the call failed and nothing was kept, constants that changed.
 * Places and numbers come from assembly/ as macros. */
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

static void wrong(const char *what, uint32_t number) {
  fprintf(stderr, "%s %u\n", what, number);
  abort();
}

static uint8_t record[RECORD_SIZE];

/* After a call: trust moves only with a file that is kept, or with a call that ends well. */
static void judge(int fed) {
  static const uint8_t known[256] = {STATUSES};
  uint32_t status = report(REPORT_STATUS);
  if (status > 255 || !known[status]) wrong("unknown status", status);
  if (memcmp(record, at(RECORD), RECORD_SIZE) == 0) return;
  if (fed) wrong("bytes that were only fed moved the record, status", status);
  if (status != 0 && report(REPORT_KEEP) == 0) wrong("a refused file moved the record, status", status);
  memcpy(record, at(RECORD), RECORD_SIZE);
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
  memcpy(record, image + RECORD, RECORD_SIZE);
  judge(1);
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
        if (!partial) Z_coreZ_missing(&core, length & 0xff); else
#endif
        Z_coreZ_partialMissing(&core, length & 0xff);
        judge(0);
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
      judge(1);
    }
#ifndef PARTIAL
    if (!partial) Z_coreZ_end(&core); else
#endif
    Z_coreZ_partialEnd(&core);
    judge(0);
  }
  if (memcmp(image, at(0), CONSTANTS_END) != 0) wrong("constants changed, status", report(REPORT_STATUS));
  return 0;
}
