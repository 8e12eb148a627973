// Calls the C library, and copies itself.
#include <cstdio>
#include <string>

extern "C" char *copy(char *d, const char *s, unsigned long n);

int main() {
  std::string Text(50000, 'c'), Copy = Text;
  std::puts(copy(&Copy[0], Text.c_str(), Text.size() + 1) + 49990);
}
