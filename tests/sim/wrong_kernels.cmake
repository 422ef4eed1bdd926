# chorus-sim again, with one line of the kernel changed: a scenario or a random workload must find each of them. That is
# what shows that they can fail.
# The kernel in one object for each file, so that a changed one can take the place of one of them.
get_target_property(KERNEL_SOURCES chorus-kernel SOURCES)
list(TRANSFORM KERNEL_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/src/)
add_library(chorus-kernel-files STATIC EXCLUDE_FROM_ALL ${KERNEL_SOURCES})
target_link_libraries(chorus-kernel-files PRIVATE chorus-kernel)

function(chorus_wrong_kernel name file from to)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/wrong/${name})
  string(REGEX REPLACE "^(src|sim)/" "" placed ${file})
  chorus_changed_copy(${PROJECT_SOURCE_DIR}/${file} ${folder}/${placed} "${from}" "${to}")
  if(file MATCHES "hpp$") # the semaphore algorithm, which one file of the model includes
    set(source ${PROJECT_SOURCE_DIR}/sim/worlds/model_semaphore.cpp)
  else()
    set(source ${folder}/${placed})
  endif()
  # What is given here comes before what the library has of the same name.
  add_executable(wrong-${name} ${source})
  target_include_directories(wrong-${name} BEFORE PRIVATE ${folder})
  target_compile_options(wrong-${name} PRIVATE -w) # what it does not use any more is no mistake
  target_link_libraries(wrong-${name} PRIVATE chorus-sim-main chorus-scenario chorus-kernel-files chorus-version)
  add_test(NAME WrongKernel.${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/wrong_kernel_test.sh $<TARGET_FILE:wrong-${name}>
    ${PROJECT_SOURCE_DIR}/sim/scenarios)
  set_tests_properties(WrongKernel.${name} PROPERTIES TIMEOUT 300 LABELS all)
endfunction()

chorus_wrong_kernel(refusals-out-of-order src/kernel/decide_regions.cpp
  "if (region.range.size_bytes == 0) return Status::bad_size;
    if (misaligned(region)) return Status::misaligned;"
  "if (misaligned(region)) return Status::misaligned;
    if (region.range.size_bytes == 0) return Status::bad_size;")
chorus_wrong_kernel(key-not-looked-at src/kernel/authority.cpp
  "actor->capability.key != reference.capability.key" "false")
chorus_wrong_kernel(one-page-too-many src/kernel/address_space.cpp
  "for (; it != regions_.end() && it->first < range.end(); ++it)
        parts.push_back" "for (; it != regions_.end() && it->first <= range.end(); ++it)
        parts.push_back")
chorus_wrong_kernel(end-of-region-cut-off src/kernel/address_space.cpp
  "const std::uint64_t end = std::min(region.range.end(), range.end());
    Region part"
  "const std::uint64_t end = std::min(region.range.end(), range.end()) - (region.range.size_bytes > 8192 ? 4096 : 0);
    Region part")
chorus_wrong_kernel(biggest-hole src/kernel/holes_by_size.cpp
  "const auto found = numbers_.lower_bound(number_of<Number>(size_bytes, 0));"
  "auto found = numbers_.lower_bound(number_of<Number>(size_bytes, 0));
        if (found != numbers_.end()) found = std::prev(numbers_.end());")
chorus_wrong_kernel(lost-release src/kernel/apply.cpp
  "for (const Range &part : it->second.coverage.remove(region.part()))
            uncovered.push_back({region.segment, part});" "it->second.coverage.remove(region.part());")
chorus_wrong_kernel(dead-owner-keeps src/kernel/apply.cpp
  "if (region.owner == ended) owned.push_back(region.range);" ";")
chorus_wrong_kernel(never-merged src/kernel/apply.cpp
  "if (action.merge)" "if (false)")
chorus_wrong_kernel(locks-forgotten src/kernel/decide.cpp
  "if (lock.space != space || !lock.range.overlaps(range)) continue;" "continue;")
chorus_wrong_kernel(merged-unlike src/kernel/address_space.cpp
  "grown.range = next.range;" "grown.range = next.range;
    grown.opaque1 = next.opaque1;")
chorus_wrong_kernel(copies-are-shared src/kernel/decide_regions.cpp
  "copy.segment = static_cast<SegmentId>(next++);" "next++;")
chorus_wrong_kernel(anybody-kills src/kernel/authority.cpp
  "caller.uid == target.uid || caller.uid == 0" "true")
chorus_wrong_kernel(last-comes-first sim/worlds/model_semaphore.cpp
  "queue_.push_back({p.place, actor});" "queue_.push_front({p.place, actor});")
chorus_wrong_kernel(token-twice src/sync/semaphore.hpp
  "if (platform.wake_one()) return Result::ok;
        // Nobody" "platform.wake_one();
        // Nobody")
