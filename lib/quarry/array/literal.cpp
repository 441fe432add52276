#include "quarry/array/literal.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "quarry/base/utf8.hpp"
#include "quarry/array/warnings.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_word(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_quote(char c) noexcept { return c == '\'' || c == '"'; }

int digit_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

char closer_of(char opener) noexcept {
  if (opener == '(') return ')';
  return opener == '[' ? ']' : '}';
}

// A bracket that is still open.
struct open_bracket {
  char opener;
  std::size_t position;
  bool has_comma = false;
  std::optional<literal> key{};  // of a dict: read, its value is still to come
  std::vector<literal> items{};
  std::vector<literal::entry> entries{};
};

// The grammar is Python's (reference, 2.4 and 6.2), without operators, sets, bytes and names.
// Open brackets are kept on a stack of our own: a file cannot make this recurse.
class literal_parser {
 public:
  literal_parser(std::string_view text, std::vector<std::string>& warnings,
                 const literal_options& options)
      : text_(text), warnings_(warnings), options_(options) {}

  literal run() {
    while (true) {
      std::optional<literal> value = start_value();
      while (value) {  // each closing bracket completes a value of the bracket around it
        skip_blanks();
        if (open_.empty()) {
          if (at_ < text_.size()) fail("the end of the text");
          return std::move(*value);
        }
        value = after_value(std::move(*value));
      }
    }
  }

 private:
  // Reads a scalar, or closes or opens a bracket; nothing if it opened one.
  std::optional<literal> start_value() {
    skip_blanks();
    const char c = peek();
    if (c == '(' || c == '[' || c == '{') {
      open(c);
      return std::nullopt;
    }
    if (!open_.empty() && c == closer_of(open_.back().opener) && !open_.back().key) {
      return close();
    }
    return scalar();
  }

  // Puts `value` into the innermost bracket and reads what follows; the bracket's own value if
  // that closes it.
  std::optional<literal> after_value(literal value) {
    open_bracket& in = open_.back();
    const bool is_dict = in.opener == '{';
    if (is_dict && !in.key) {
      in.key = std::move(value);
      if (peek() != ':') fail("':'");
      ++at_;
      return std::nullopt;
    }
    if (is_dict) {
      in.entries.push_back({std::move(*in.key), std::move(value)});
      in.key.reset();
    } else {
      in.items.push_back(std::move(value));
    }
    const char closer = closer_of(in.opener);
    if (peek() == closer) return close();
    if (peek() != ',') fail(concat("',' or '", std::string_view(&closer, 1), "'"));
    ++at_;
    in.has_comma = true;
    return std::nullopt;
  }

  void open(char opener) {
    if (open_.size() >= options_.max_depth) {
      throw error(errc::limit_exceeded, concat("byte ", at_, ": brackets nest deeper than ",
                                               options_.max_depth, " levels"));
    }
    count_value();
    open_.push_back({.opener = opener, .position = at_});
    ++at_;
  }

  literal close() {
    ++at_;
    open_bracket done = std::move(open_.back());
    open_.pop_back();
    if (done.opener == '{') return {literal::dict{std::move(done.entries)}, done.position};
    if (done.opener == '[') return {literal::list{std::move(done.items)}, done.position};
    // (x) is x in brackets, (x,) a tuple
    if (done.items.size() == 1 && !done.has_comma) return std::move(done.items.front());
    return {literal::tuple{std::move(done.items)}, done.position};
  }

  literal scalar() {
    count_value();
    const std::size_t start = at_;
    const char c = peek();
    if (is_digit(c) || c == '-' || c == '.') return number();
    if (is_quote(c)) return {strings(), start};
    if (is_word(c)) return word();
    fail("a value");
  }

  literal word() {
    const std::size_t start = at_;
    std::size_t end = start;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end < text_.size() && is_quote(text_[end])) return {strings(), start};
    const std::string_view name = text_.substr(start, end - start);
    at_ = end;
    if (name == "True" || name == "False") return {name == "True", start};
    if (name == "None") return {std::monostate{}, start};
    throw error(errc::corrupt_header,
                concat("byte ", start, ": found the name ", escaped(name, 40),
                       ", expected a number, a string, True, False, None or a bracket"));
  }

  // --- numbers

  literal number() {
    const std::size_t start = at_;
    const bool negative = peek() == '-';
    if (negative) {
      ++at_;
      skip_blanks();
    }
    const std::size_t first = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.' || is_exponent_sign())) {
      ++at_;
    }
    std::string_view digits = text_.substr(first, at_ - first);
    if (digits.ends_with('L') && options_.python2_integers) {
      digits.remove_suffix(1);
      warn(start, "an integer with Python 2's suffix L");
    }
    const bool prefixed = digits.size() > 1 && digits[0] == '0' && !is_digit(digits[1]) &&
                          std::string_view("xXoObB").find(digits[1]) != std::string_view::npos;
    if (!prefixed && digits.find_first_of(".eE") != std::string_view::npos) {
      return {floating(without_underscores(digits, start), start, negative), start};
    }
    if (prefixed) warn(start, "an integer that is not decimal");
    return {integer(digits, prefixed, start, negative), start};
  }

  bool is_exponent_sign() const noexcept {
    const char before = text_[at_ - 1];
    return (text_[at_] == '-' || text_[at_] == '+') && (before == 'e' || before == 'E');
  }

  std::int64_t integer(std::string_view digits, bool prefixed, std::size_t start, bool negative) {
    int base = 10;
    if (prefixed) {
      const char letter = static_cast<char>(digits[1] | 0x20);
      base = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
      digits.remove_prefix(2);
      if (digits.starts_with('_')) digits.remove_prefix(1);
    }
    const std::string plain = concat(negative ? "-" : "", without_underscores(digits, start));
    if (plain.size() > 1 && !prefixed && plain[negative ? 1 : 0] == '0' &&
        plain.find_first_not_of("-0") != std::string::npos) {
      fail_at(start, "an integer without leading zeros");
    }
    std::int64_t out = 0;
    const char* const end = plain.data() + plain.size();
    const auto [stop, code] = std::from_chars(plain.data(), end, out, base);
    if (code == std::errc::result_out_of_range && stop == end) {
      throw error(errc::limit_exceeded, concat("byte ", start, ": the integer ", escaped(plain, 40),
                                               " does not fit in 64 bits"));
    }
    if (code != std::errc{} || stop != end) fail_at(start, "a number");
    return out;
  }

  double floating(const std::string& digits, std::size_t start, bool negative) {
    double out = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, out);
    if (code == std::errc::result_out_of_range && stop == end) {
      throw error(errc::limit_exceeded,
                  concat("byte ", start, ": the number ", escaped(digits, 40), " is out of range"));
    }
    // from_chars takes a sign, "inf" and "nan" as well
    if (code != std::errc{} || stop != end || !(is_digit(digits[0]) || digits[0] == '.')) {
      fail_at(start, "a number");
    }
    return negative ? -out : out;
  }

  // Single underscores may stand between digits.
  std::string without_underscores(std::string_view digits, std::size_t start) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      if (digits[i] != '_') {
        out += digits[i];
        continue;
      }
      if (i == 0 || i + 1 == digits.size() || digit_value(digits[i - 1]) == 16 ||
          digit_value(digits[i + 1]) == 16) {
        fail_at(start, "a number");
      }
    }
    if (out.size() < digits.size()) warn(start, "a number with underscores");
    return out;
  }

  // --- strings

  // One string, or several that stand side by side and are one.
  std::string strings() {
    const std::size_t start = at_;
    std::string out;
    int count = 0;
    while (at_string()) {
      one_string(out);
      ++count;
      skip_blanks();
    }
    if (count > 1) warn(start, "a string in several pieces");
    return out;
  }

  bool at_string() const noexcept {
    std::size_t at = at_;
    while (at < text_.size() && is_word(text_[at])) ++at;
    return at < text_.size() && is_quote(text_[at]);
  }

  void one_string(std::string& out) {
    const std::size_t start = at_;
    bool raw = false;
    if (is_word(peek())) {
      const char prefix = static_cast<char>(peek() | 0x20);
      if ((prefix != 'u' && prefix != 'r') || !is_quote(text_[at_ + 1])) {
        fail_at(start, "a string without a prefix (a text, not bytes)");
      }
      raw = prefix == 'r';
      warn(start, "a string with a prefix");
      ++at_;
    }
    const char quote = peek();
    const std::string_view rest = text_.substr(at_);
    const bool triple = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    if (triple) warn(start, "a string in triple quotes");
    const std::string_view closing = rest.substr(0, triple ? 3 : 1);
    at_ += closing.size();
    while (!text_.substr(at_).starts_with(closing)) {
      if (at_ >= text_.size()) fail_at(start, "a string that ends");
      one_character(out, raw, triple);
    }
    at_ += closing.size();
  }

  void one_character(std::string& out, bool raw, bool triple) {
    const char c = text_[at_];
    if (c == '\\' && at_ + 1 < text_.size()) {
      if (!raw) return escape(out);
      out += c;
      ++at_;
      if (!is_quote(text_[at_]) && text_[at_] != '\\') return;
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && !(triple && c == '\n')) ||
               c == 0x7f) {
      fail("no control character in a string");
    }
    const std::size_t bytes = utf8::decode(text_, at_).bytes;
    if (bytes == 0) fail("valid UTF-8");
    out += text_.substr(at_, bytes);
    at_ += bytes;
  }

  void escape(std::string& out) {
    static constexpr std::string_view letters = "\\'\"abfnrtv";
    static constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
    const std::size_t start = at_;
    const char c = text_[at_ + 1];
    at_ += 2;
    if (const auto found = letters.find(c); found != std::string_view::npos) {
      out += meanings[found];
    } else if (c >= '0' && c <= '7') {
      --at_;
      code_point(out, start, 8, 3, 1);
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      code_point(out, start, 16, digits, digits);
    } else if (c == 'N') {
      throw error(errc::unsupported,
                  concat("byte ", start, ": characters by name (\\N) are not supported"));
    } else if (c != '\n') {  // an escaped line end is no character at all
      warn(start, "an escape that Python does not know");
      out += '\\';
      --at_;
    }
  }

  void code_point(std::string& out, std::size_t start, int base, std::size_t most,
                  std::size_t least) {
    char32_t code = 0;
    std::size_t count = 0;
    for (; count < most && at_ < text_.size() && digit_value(text_[at_]) < base; ++count) {
      code = code * static_cast<char32_t>(base) + static_cast<char32_t>(digit_value(text_[at_]));
      ++at_;
    }
    if (count < least) fail_at(start, concat("an escape of ", least, " hexadecimal digits"));
    if (!utf8::is_scalar_value(code)) fail_at(start, "a character of Unicode");
    utf8::append(out, code);
  }

  // --- between values

  void skip_blanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        warn(at_, "a comment");
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') {
          if (text_[at_] == '\0') fail("no NUL");
          ++at_;
        }
      } else if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
        warn(at_, "a line continued by a backslash");
        at_ += 2;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++at_;
      } else {
        return;
      }
    }
  }

  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  void count_value() {
    if (++values_ > options_.max_values) {
      throw error(errc::limit_exceeded,
                  concat("byte ", at_, ": more than ", options_.max_values, " values"));
    }
  }

  void warn(std::size_t position, std::string_view what) {
    add_warning(warnings_, concat("byte ", position, ": ", what));
  }

  [[noreturn]] void fail(std::string_view expected) const { fail_at(at_, expected); }

  [[noreturn]] void fail_at(std::size_t position, std::string_view expected) const {
    const std::string found =
        position < text_.size() ? concat("'", escaped(text_.substr(position, 20)), "'") : "the end";
    throw error(errc::corrupt_header,
                concat("byte ", position, ": found ", found, ", expected ", expected));
  }

  std::string_view text_;
  std::vector<std::string>& warnings_;
  const literal_options& options_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  std::vector<open_bracket> open_;
};

}  // namespace

literal parse_literal(std::string_view text, std::vector<std::string>& warnings,
                      const literal_options& options) {
  return literal_parser(text, warnings, options).run();
}

}  // namespace quarry
