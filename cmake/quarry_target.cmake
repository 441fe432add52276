# What every target of this project is compiled with. -Werror comes from the presets alone.
function(quarry_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual)
  target_compile_definitions(${target} PRIVATE $<$<CONFIG:Debug>:QUARRY_ASSERTIONS _GLIBCXX_ASSERTIONS>)
  if(QUARRY_SANITIZE)
    target_compile_options(${target} PRIVATE -O1 -fno-omit-frame-pointer
      -fsanitize=${QUARRY_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${QUARRY_SANITIZE})
  endif()
endfunction()
