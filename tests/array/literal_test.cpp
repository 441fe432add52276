#include "quarry/array/literal.hpp"

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

using quarry::concat;
using quarry::errc;
using quarry::literal;
using quarry::literal_options;
using quarry::parse_literal;
using quarry::python_text;

namespace {

using strings = std::vector<std::string>;

// What Python's repr() shows of the literal that `text` is.
std::string repr(std::string_view text) {
  strings warnings;
  return python_text(parse_literal(text, warnings));
}

std::size_t warnings_of(std::string_view text) {
  strings warnings;
  parse_literal(text, warnings);
  return warnings.size();
}

std::error_code thrown(std::string_view text, const literal_options& options = {}) {
  try {
    strings warnings;
    parse_literal(text, warnings, options);
  } catch (const quarry::error& e) {
    return e.code();
  }
  return {};
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("literal: a NumPy header reads back as it was written", "[array][literal]") {
  for (const std::string_view text :
       {"{'descr': '<f8', 'fortran_order': False, 'shape': (4, 6)}",
        "{'descr': [('a', '<i4'), ('', '|V4')], 'fortran_order': True, 'shape': ()}",
        "[(('t', 'a'), '<i4', (1,)), ((None, 'b'), [('c', '|u1')])]", "()", "[]", "{}", "(1,)",
        "-5", "9223372036854775807", "-9223372036854775808", "1.5", "None",
        "[[], ((),), {1: {}}]"}) {
    CHECK(repr(text) == text);
    CHECK(warnings_of(text) == 0);
  }
}

TEST_CASE("literal: values stand at the byte where they start", "[array][literal]") {
  strings warnings;
  const auto tree = parse_literal(" {'a': (10, [2])}", warnings);
  CHECK(tree.position == 1);
  const auto& [key, value] = std::get<literal::dict>(tree.value).items.at(0);
  CHECK(key.position == 2);
  CHECK(value.position == 7);
  CHECK(std::get<literal::tuple>(value.value).items.at(1).position == 12);
}

TEST_CASE("literal: what Python reads alike is read alike", "[array][literal]") {
  // repr(ast.literal_eval(...))
  CHECK(repr("(5)") == "5");
  CHECK(repr("((5,))") == "(5,)");
  CHECK(repr("(5,6,)") == "(5, 6)");
  CHECK(repr("{1:2,}") == "{1: 2}");
  CHECK(repr("- 1") == "-1");
  CHECK(repr("00") == "0");
  CHECK(repr("0_0") == "0");
  CHECK(repr("0x_1F") == "31");
  CHECK(repr("0X10") == "16");
  CHECK(repr("0b11") == "3");
  CHECK(repr("0o17") == "15");
  CHECK(repr("1_0") == "10");
  CHECK(repr("1.") == "1.0");
  CHECK(repr("01.5") == "1.5");
  CHECK(repr(".5") == "0.5");
  CHECK(repr("1e-3") == "0.001");
  CHECK(repr("-0.0") == "-0.0");
  CHECK(repr("\n\t (1,\n 2) \n# end") == "(1, 2)");
  CHECK(repr("(1, # one\n 2)") == "(1, 2)");
  CHECK(repr("(1,\\\n2)") == "(1, 2)");
  CHECK(repr("('a'\n 'b')") == "'ab'");
  CHECK(repr("('a' \"b\" u'c')") == "'abc'");
  CHECK(repr("{'x': 'a' 'b', 'y': 1}") == "{'x': 'ab', 'y': 1}");
}

TEST_CASE("literal: strings know Python's escapes", "[array][literal]") {
  CHECK(repr(R"("it's")") == R"("it's")");
  CHECK(repr(R"('a\'b"')") == R"('a\'b"')");
  CHECK(repr(R"('\x41\u00e9\U0001F600\101\0')") ==
        "'A\xc3\xa9\xf0\x9f\x98\x80"
        R"(A\x00')");
  CHECK(repr(R"('\08')") == R"('\x008')");
  CHECK(repr(R"('\777')") == "'\xc7\xbf'");
  CHECK(repr(R"('\a\b\f\n\r\t\v\\')") == R"('\x07\x08\x0c\n\r\t\x0b\\')");
  CHECK(repr(R"(r'\n\'')") == R"("\\n\\'")");
  CHECK(repr(R"('\q')") == R"('\\q')");
  CHECK(repr("'a\\\nb'") == "'ab'");
  CHECK(repr("'''a\nb'''") == R"('a\nb')");
  CHECK(repr("'''it's'''") == R"("it's")");
  CHECK(repr("''") == "''");
  CHECK(repr("'\xc3\xa9'") == "'\xc3\xa9'");
}

TEST_CASE("literal: legal but unusual spellings are reported with their byte", "[array][literal]") {
  for (const std::string_view text : {"(0x10,)", "(1_0,)", "(2L,)", "(1,) # shape", "u'a'", "R'a'",
                                      "'a' 'b'", "'''a'''", "'\\q'", "(1,\\\n)", "0b1"}) {
    INFO(text);
    CHECK(warnings_of(text) == 1);
  }
  strings warnings;
  parse_literal("(1, 0x10)", warnings);
  CHECK(warnings == strings{"byte 4: an integer that is not decimal"});
}

TEST_CASE("literal: the number of warnings is bounded", "[array][literal]") {
  CHECK(warnings_of(concat("[", repeated("0x1,", 1000), "]")) == 65);
}

TEST_CASE("literal: Python 2's long integers are read unless refused", "[array][literal]") {
  CHECK(repr("(2L, 3L)") == "(2, 3)");
  CHECK(repr("0x1FL") == "31");
  CHECK(thrown("(2l,)") == errc::corrupt_header);
  CHECK(thrown("(2L,)", {.python2_integers = false}) == errc::corrupt_header);
}

TEST_CASE("literal: what is no literal is refused", "[array][literal]") {
  for (const std::string_view text : {"",
                                      " ",
                                      "# only",
                                      "(",
                                      "(1",
                                      "(1,",
                                      "[1)",
                                      "(1]",
                                      "{1:2)",
                                      "(,)",
                                      "[,]",
                                      "{,}",
                                      "(1,,2)",
                                      "(1 2)",
                                      "{1}",
                                      "{1:}",
                                      "{1:2 3:4}",
                                      "{:1}",
                                      "{1:2,,}",
                                      "1 2",
                                      "(1) 2",
                                      "{} }",
                                      "{}x",
                                      ")",
                                      "+2",
                                      "2+2",
                                      "--1",
                                      "-",
                                      "-(5)",
                                      "-True",
                                      "007",
                                      "1__0",
                                      "1_",
                                      "_1",
                                      "0x",
                                      "0xg",
                                      "0b2",
                                      "0x1.5",
                                      "1j",
                                      "1e",
                                      "1.2.3",
                                      "5x",
                                      ".",
                                      "-.",
                                      "1e+",
                                      "0xL",
                                      "L",
                                      "nan",
                                      "inf",
                                      "true",
                                      "np.int64(2)",
                                      "array(100)",
                                      "b'a'",
                                      "br'a'",
                                      "ur'a'",
                                      "f'a'",
                                      "uu'a'",
                                      "'a' b'b'",
                                      "'a",
                                      "'a\"",
                                      "'''a'",
                                      "'''",
                                      "'a\nb'",
                                      "'\\x4'",
                                      "'\\u12'",
                                      "'\\ud800'",
                                      "'\\U00110000'",
                                      "'\\",
                                      "'a\\'",
                                      "r'\\'",
                                      "('a') 'b'",
                                      "...",
                                      "1if",
                                      "(1:2)",
                                      "[1:2]",
                                      "lambda: 1",
                                      "*1",
                                      "\x01",
                                      "'\x01'",
                                      "'\x7f'",
                                      "'\xff'",
                                      "'\xc0\x80'",
                                      "'\xed\xa0\x80'",
                                      "\xef\xbb\xbf{}",
                                      "'\xc3"}) {
    INFO(text);
    CHECK(thrown(text) == errc::corrupt_header);
  }
  CHECK(thrown(std::string_view("{}\0", 3)) == errc::corrupt_header);
  CHECK(thrown(std::string_view("'a\0'", 4)) == errc::corrupt_header);
  CHECK(thrown(std::string_view("{} # \0", 6)) == errc::corrupt_header);
  CHECK(thrown("'\\N{DASH}'") == errc::unsupported);
}

TEST_CASE("literal: numbers out of range pass a limit", "[array][literal]") {
  CHECK(thrown("9223372036854775808") == errc::limit_exceeded);
  CHECK(thrown("-9223372036854775809") == errc::limit_exceeded);
  CHECK(thrown("0x1_0000_0000_0000_0000") == errc::limit_exceeded);
  CHECK(thrown("1e400") == errc::limit_exceeded);
}

TEST_CASE("literal: errors name the byte, what was found and what was expected",
          "[array][literal]") {
  strings warnings;
  CHECK_THROWS_WITH(parse_literal("(1, 2", warnings), "byte 5: found the end, expected ',' or ')'");
  CHECK_THROWS_WITH(parse_literal("{'a' 1}", warnings), "byte 5: found '1}', expected ':'");
  CHECK_THROWS_WITH(parse_literal("(np.int64(1),)", warnings),
                    "byte 1: found the name np, expected a number, a string, True, False, None or "
                    "a bracket");
}

TEST_CASE("literal: nesting is bounded however long the text", "[array][literal]") {
  CHECK(repr(repeated("[", 32) + repeated("]", 32)).size() == 64);
  CHECK(thrown(repeated("[", 33) + repeated("]", 33)) == errc::limit_exceeded);
  CHECK(thrown(repeated("(", 10'000'000)) == errc::limit_exceeded);
}

TEST_CASE("literal: the number of values is bounded", "[array][literal]") {
  const std::string text = concat("[", repeated("0,", 99), "]");
  CHECK(thrown(text, {.max_values = 99}) == errc::limit_exceeded);
  CHECK_FALSE(thrown(text, {.max_values = 100}));
}

TEST_CASE("literal: a header of megabytes is read in one pass", "[array][literal]") {
  strings warnings;
  const auto list =
      parse_literal(concat("[", repeated("('name', '<f8'),", 100'000), "]"), warnings);
  CHECK(std::get<literal::list>(list.value).items.size() == 100'000);
  CHECK(thrown(concat("'", repeated("x", 8'000'000), "'")) == std::error_code{});
  CHECK(thrown(repeated("'x' ", 1'000'000)) == std::error_code{});
  CHECK(thrown(concat("1 #", repeated("#", 8'000'000))) == std::error_code{});
  CHECK(thrown(repeated("9", 8'000'000)) == errc::limit_exceeded);
  CHECK(thrown(concat("'x' ", repeated("x", 8'000'000))) == errc::corrupt_header);
}

TEST_CASE("python text: strings are those of Python's repr", "[array][literal]") {
  const auto text = [](std::string value) { return python_text({std::move(value), 0}); };
  CHECK(text("a'b") == R"("a'b")");
  CHECK(text("a\"b") == R"('a"b')");
  CHECK(text("a'\"b") == R"('a\'"b')");
  CHECK(text("\x01\x1f\x7f") == R"('\x01\x1f\x7f')");
  CHECK(text("\xc2\x80\xc2\xa0\xc2\xad\xc2\xa1") == "'\\x80\\xa0\\xad\xc2\xa1'");
  CHECK(text("\xe2\x80\xa8\xef\xbb\xbf\xee\x80\x80") == R"('\u2028\ufeff\ue000')");
  CHECK(text("\xf4\x8f\xbf\xbf\xf0\x9f\x98\x80") == "'\\U0010ffff\xf0\x9f\x98\x80'");
  CHECK(text("not\xff utf-8") == R"('not\xff utf-8')");
}

TEST_CASE("python text: numbers and names", "[array][literal]") {
  CHECK(python_text({true, 0}) == "True");
  CHECK(python_text({false, 0}) == "False");
  CHECK(python_text({}) == "None");
  CHECK(python_text({2.0, 0}) == "2.0");
  CHECK(python_text({0.1, 0}) == "0.1");
  CHECK(python_text({-1.5e300, 0}) == "-1.5e+300");
}
