// Marks the functions of <chorus.h> and its siblings: all that the library shows.
#pragma once

#define CHORUS_EXPORT extern "C" __attribute__((visibility("default")))
