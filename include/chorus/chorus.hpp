// chorus/chorus.hpp - the ChorusOS interface in C++20: header-only, over the C calls that libchorus exports.
//
// Everything is in namespace chorus, and addresses and sizes have 64 bits whatever CHORUS_VM_BITS is. It may stand next
// to <chorus.h> in either width; a program that wants the C interface with 64 bits defines CHORUS_VM_BITS before the
// first header of either.
//
// The headers it includes can be named one by one:
//   actor.hpp          processes that the kernel knows: start them, wait for them, name, stop and end them
//   capability.hpp     what lets one actor act on another; to text and back
//   region.hpp         shared memory in this process, owned: freed with its object
//   address_space.hpp  regions of any actor: allocate, map, copy, protect, list
//   memory.hpp         what lies in regions: copy it between actors, lock it, physical addresses
//   semaphore.hpp      waiting for each other in shared memory
//   robust_mutex.hpp   locks that survive the death of their holder
//   site.hpp           all actors, and the memory of all
//   error.hpp          what a refusal does
//
// Build with:  c++ -std=c++20 prog.cpp $(pkg-config --cflags --libs chorus)
#pragma once

#include <chorus/actor.hpp>
#include <chorus/address_space.hpp>
#include <chorus/capability.hpp>
#include <chorus/error.hpp>
#include <chorus/memory.hpp>
#include <chorus/region.hpp>
#include <chorus/robust_mutex.hpp>
#include <chorus/semaphore.hpp>
#include <chorus/site.hpp>
