// As widths_test.cpp says.
#define CHORUS_VM_BITS 64
#include "cxx/widths_test.cpp"
