# More steps of some tests, for tests/run --long: only `ctest -C long` knows of them. Each has a limit of its own, for all
# of its cases.
function(chorus_long_test name limit_s program environment)
  add_test(NAME Long.${name} CONFIGURATIONS long COMMAND ${program} ${ARGN})
  set_tests_properties(Long.${name} PROPERTIES TIMEOUT ${limit_s} ENVIRONMENT "${environment}" LABELS long)
endfunction()

chorus_long_test(Lockstep 600 kernel-test CHORUS_LOCKSTEP_STEPS=5000000 --gtest_filter=Lockstep.*)
chorus_long_test(LiveLockstep 300 client-test CHORUS_LIVE_STEPS=50000 --gtest_filter=LiveLockstep.*)
chorus_long_test(Worlds 1200 sim-test CHORUS_ROUNDS=50 --gtest_filter=RealWorld.*)
chorus_long_test(Kills 1200 faults-test CHORUS_KILLS=10000 --gtest_filter=Load.Nothing*)
chorus_long_test(Kills-managed 1200 interprocess-test CHORUS_KILLS=10000 --gtest_filter=Kills.*)
chorus_long_test(Killed 3600 interprocess-test CHORUS_KILL_STRIDE=1 --gtest_filter=Killed.*)
chorus_long_test(Soak 1200 faults-test "CHORUS_SOAK_S=600;CHORUS_SOAK_ACTORS=1000" --gtest_filter=Soak.*)
chorus_long_test(Forgeries 600 faults-test CHORUS_FORGERIES=1000000 --gtest_filter=Intruder.Forged*)
chorus_long_test(Random-model 600 chorus-sim "" random --rounds 1000)
chorus_long_test(Random-both 1200 chorus-sim "" random --rounds 100 --world both)
chorus_long_test(Seed 3600 ${CMAKE_CURRENT_SOURCE_DIR}/client/seed_test.sh "" ${CMAKE_BINARY_DIR} 1000)
chorus_long_test(Examples 1200 ${CMAKE_CURRENT_SOURCE_DIR}/sim/examples_test.sh "" ${CMAKE_RUNTIME_OUTPUT_DIRECTORY} 100)
foreach(back_end chez guile)
  chorus_long_test(Scheme-${back_end} 1800 ${CMAKE_CURRENT_SOURCE_DIR}/scheme/vicare_test.sh ""
    ${CMAKE_BINARY_DIR} ${back_end} 100)
  chorus_long_test(Scheme-chorus-${back_end} 1800 ${CMAKE_CURRENT_SOURCE_DIR}/scheme/chorus_test.sh ""
    ${CMAKE_BINARY_DIR} ${back_end} 100)
  chorus_long_test(Scheme-forks-${back_end} 1200 ${CMAKE_CURRENT_SOURCE_DIR}/scheme/forks_test.sh ""
    ${CMAKE_BINARY_DIR} ${back_end} 200)
endforeach()
set_tests_properties(Long.Seed PROPERTIES SKIP_RETURN_CODE 77)
chorus_long_test(Orders 1800 explorer CHORUS_EXPLORE=all)
foreach(shard RANGE 7) # so that they share the processors
  chorus_long_test(Semaphores-${shard} 3600 semaphore-test
    "CHORUS_ROUNDS=50;GTEST_TOTAL_SHARDS=8;GTEST_SHARD_INDEX=${shard}")
endforeach()
