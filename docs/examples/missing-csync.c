// A program ported by hand that lacks one csync. Right with memcpy and, most of
// the time, with a service that is quick; wrong every time under
// COPIER_BACKEND=adversary:never. Build with -DFIXED to have the csync.
#include <copier.h>
#include <stdio.h>
#include <string.h>

static char request[1 << 16], reply[1 << 16];

int main(void) {
  memset(request, 'x', sizeof(request) - 1);
  amemcpy(reply, request, sizeof(reply));
#ifdef FIXED
  csync(reply, sizeof(reply));
#endif
  size_t length = strnlen(reply, sizeof(reply)); // it is still being copied
  printf("%zu bytes, starting with %.4s\n", length, length ? reply : "?");
  return length == sizeof(reply) - 1 && reply[0] == 'x' ? 0 : 1;
}
