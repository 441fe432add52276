#include "tools/plain_value.hpp"

#include "tools/load.hpp"
#include "tools/moment_text.hpp"
#include "tools/scalar_text.hpp"

namespace quarry::tools {

bool is_not_a_time(const dtype& type, const std::byte* item) noexcept {
  return load<std::int64_t>(item, type.order()) == not_a_time;
}

void append_plain_number(std::string& out, const dtype& type, const std::byte* item) {
  if (type.kind() == type_kind::timedelta && !is_not_a_time(type, item)) {
    out += std::to_string(load<std::int64_t>(item, type.order()));
    return;
  }
  const std::size_t start = out.size();
  append_scalar(out, type, item);
  if (out[start] == '(') {  // "(1.5-2j)": Python's brackets are for Python
    out.erase(start, 1);
    out.pop_back();
  }
}

std::string plain_string(const dtype& type, const std::byte* item) {
  if (type.kind() == type_kind::bytes) return std::string(string_bytes(type, item));
  std::string text;
  if (type.kind() == type_kind::text) {
    append_scalar(text, type, item);
    return text;
  }
  for (std::int64_t at = 0; at < type.item_bytes(); ++at) {
    text += hex(std::to_integer<unsigned>(item[at]), 2);
  }
  return text;
}

}  // namespace quarry::tools
