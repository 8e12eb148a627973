//===- parser.c - Lines of key and value --------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// String functions read what has been copied.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char input[] = "one=1\ntwo=22\nthree=333\nfour=4444\n";

static int parse(char *text) {
  int total = 0;
  while (*text) { //@ first
    char *end = strchr(text, '\n');
    char *equals = strchr(text, '=');
    *end = '\0';
    total += atoi(equals + 1) * (int)strlen(text);
    text = end + 1;
  }
  return total;
}

int main(void) {
  char *buffer = malloc(sizeof(input));
  amemcpy(buffer, input, sizeof(input));
  csync(buffer, sizeof(input)); //! read-before-csync first
  printf("%d\n", parse(buffer));
  amemcpy(buffer, input, sizeof(input));
  csync(buffer, sizeof(input)); //! read-before-csync length whole
  size_t n = strlen(buffer);    //@ length
  amemcpy(buffer, "x", 2);
  csync(buffer, 2);                  //! read-before-csync compare whole
  int differs = strcmp(buffer, "x"); //@ compare
  char other[sizeof(input)];
  amemcpy(other, input, sizeof(input));
  csync(other, sizeof(input)); //! read-before-csync copy whole
  strcpy(buffer, other);       //@ copy
  amemcpy(other, input, 10);
  csync(other, 10);       //! write-before-csync overwrite
  strcpy(other, "short"); //@ overwrite
  printf("%zu %d %s %s", n, differs, other, buffer);
  free(buffer);
}
