// What is measured: each work of ours in turns with the least that any program must do for the same on Linux, its
// floor.
#pragma once

#include <benchmark/benchmark.h>

namespace chorus::bench {

// One page of new memory, from the call to the first byte written. Freeing it is not in the time, on neither side.
// Floor: one request to a process that makes the memory and passes its descriptor, then mmap, touch, close.
void allocate(benchmark::State &state);

// 1,000 pages of new memory asked for together, until each is written to: the time of one. Floor: each made by hand,
// one after the other, with a name of its own and without any server.
void allocate_together(benchmark::State &state);

// One page of another process's memory, which is there already, from the call to the first byte written.
// Floor: the same, with a process that passes a descriptor it holds.
void map_from_actor(benchmark::State &state);

// A second page of memory of which one has a page already. Floor: as for `map_from_actor`.
void map_again(benchmark::State &state);

// The first byte of every page of a region of 1 GiB. Floor: of as much anonymous shared memory.
void touch(benchmark::State &state);

// A page of this actor into another one, until it is there. Freeing it is not in the time. Floor: the same into
// oneself.
void map_into_another(benchmark::State &state);

// Place, split, merge, find and remove, a call each, in a site with so many regions. Floor: in a site with 100.
void among_10_000(benchmark::State &state);
void among_100_000(benchmark::State &state);
// The same among 1,000 actors with 100,000 regions.
void among_1_000_actors(benchmark::State &state);

// One allocate and one free, anywhere among 10,000 regions of an actor, decided and applied with no process around.
// Floor: one insert and one erase, at the same places, in a std::map of as many regions.
void pure_kernel(benchmark::State &state);

// V then P on a semaphore in shared memory that nobody else touches. Floor: sem_t.
void signal_and_wait(benchmark::State &state);

// V here, P and V in another process, P here. Each side sleeps until the other wakes it; a later version spins first.
// Floor: sem_t.
void round_trip(benchmark::State &state);

// From just before the call until the program's main runs. Floor: posix_spawn of the same program, which loads the same
// libraries and whose library prepares it alike, but for nobody's child.
void spawn(benchmark::State &state);
// The same of a program that is linked statically and has no library of ours to prepare.
void spawn_static(benchmark::State &state);

// `chorus run` of a program, with a kernel of its own, to the program's main. Floor: posix_spawn of the program.
void private_start(benchmark::State &state);
// The program by itself, until its first call is answered by a kernel of its own. The same floor.
void private_call(benchmark::State &state);

}  // namespace chorus::bench
