#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN  // Catch2 2.x brings its main in a header
#include <catch2/catch.hpp>
#endif
