# More steps of some tests, for tests/run --long: only `ctest -C long` knows of them. Whoever takes an hour hangs.
function(chorus_long_test name program environment)
  add_test(NAME Long.${name} CONFIGURATIONS long COMMAND ${program} ${ARGN})
  set_tests_properties(Long.${name} PROPERTIES TIMEOUT 3600 ENVIRONMENT "${environment}" LABELS long)
endfunction()

chorus_long_test(Lockstep kernel-test CHORUS_LOCKSTEP_STEPS=5000000 --gtest_filter=Lockstep.*)
chorus_long_test(LiveLockstep client-test CHORUS_LIVE_STEPS=50000 --gtest_filter=LiveLockstep.*)
chorus_long_test(Worlds sim-test CHORUS_ROUNDS=50 --gtest_filter=RealWorld.*)
chorus_long_test(Kills faults-test CHORUS_KILLS=10000 --gtest_filter=Load.Nothing*)
chorus_long_test(Kills-managed interprocess-test CHORUS_KILLS=10000 --gtest_filter=Kills.*)
chorus_long_test(Killed interprocess-test CHORUS_KILL_STRIDE=1 --gtest_filter=Killed.*)
chorus_long_test(Soak faults-test "CHORUS_SOAK_S=600;CHORUS_SOAK_ACTORS=1000" --gtest_filter=Soak.*)
chorus_long_test(Forgeries faults-test CHORUS_FORGERIES=1000000 --gtest_filter=Intruder.Forged*)
chorus_long_test(Random-model chorus-sim "" random --rounds 1000)
chorus_long_test(Random-both chorus-sim "" random --rounds 100 --world both)
chorus_long_test(Seed ${CMAKE_CURRENT_SOURCE_DIR}/client/seed_test.sh "" ${CMAKE_BINARY_DIR} 1000)
chorus_long_test(Examples ${CMAKE_CURRENT_SOURCE_DIR}/sim/examples_test.sh "" ${CMAKE_RUNTIME_OUTPUT_DIRECTORY} 100)
foreach(back_end chez guile)
  chorus_long_test(Scheme-${back_end} ${CMAKE_CURRENT_SOURCE_DIR}/scheme/vicare_test.sh ""
    ${CMAKE_BINARY_DIR} ${back_end} 100)
  chorus_long_test(Scheme-chorus-${back_end} ${CMAKE_CURRENT_SOURCE_DIR}/scheme/chorus_test.sh ""
    ${CMAKE_BINARY_DIR} ${back_end} 100)
  chorus_long_test(Scheme-forks-${back_end} ${CMAKE_CURRENT_SOURCE_DIR}/scheme/forks_test.sh ""
    ${CMAKE_BINARY_DIR} ${back_end} 200)
endforeach()
set_tests_properties(Long.Seed PROPERTIES SKIP_RETURN_CODE 77)
chorus_long_test(Orders explorer CHORUS_EXPLORE=all)
foreach(shard RANGE 7) # so that they share the processors
  chorus_long_test(Semaphores-${shard} semaphore-test
    "CHORUS_ROUNDS=50;GTEST_TOTAL_SHARDS=8;GTEST_SHARD_INDEX=${shard}")
endforeach()
