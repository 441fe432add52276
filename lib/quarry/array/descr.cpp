#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "quarry/array/dtype_text.hpp"
#include "quarry/array/literal.hpp"
#include "quarry/array/type_string.hpp"
#include "quarry/array/warnings.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

using items = std::vector<literal>;

// A type and the shape of the subarray that it is the item of.
struct part {
  dtype type;
  std::vector<std::int64_t> shape{};
};

// The items of a tuple or a list; null for anything else.
const items* sequence_of(const literal& value) noexcept {
  if (const auto* tuple = std::get_if<literal::tuple>(&value.value)) return &tuple->items;
  if (const auto* list = std::get_if<literal::list>(&value.value)) return &list->items;
  return nullptr;
}

bool is_integer(const literal& value) noexcept {
  return std::holds_alternative<std::int64_t>(value.value);
}

bool is_shape(const literal& value) noexcept {
  const items* const extents = sequence_of(value);
  return is_integer(value) ||
         (extents && std::all_of(extents->begin(), extents->end(), is_integer));
}

std::string place_of(const literal& at) { return concat("byte ", at.position, " of the descr"); }
std::string where(const literal& at) { return place_of(at) + ": "; }

[[noreturn]] void fail(const literal& at, std::string_view expected) {
  throw error(errc::corrupt_header,
              concat(where(at), "expected ", expected, ", found ", escaped(python_text(at), 80)));
}

// What `make` returns; its errors are told the place and become the file's.
template <class Make>
dtype at_place(const literal& at, const Make& make) {
  try {
    return make();
  } catch (const error& failure) {
    throw quarry::at_place(failure, place_of(at), errc::corrupt_header);
  }
}

class descr_reader {
 public:
  explicit descr_reader(std::vector<std::string>& warnings) noexcept : warnings_(warnings) {}

  // Recursion ends at max_nesting: 8 records, each inside a few subarrays.
  part type_of(const literal& descr, int nesting = 0) {
    if (nesting > max_nesting) {
      throw error(errc::limit_exceeded, concat(where(descr), "types nest too deep"));
    }
    if (const auto* text = std::get_if<std::string>(&descr.value)) {
      return {at_place(descr, [&] { return parse_type_string(*text, warnings_); })};
    }
    if (const auto* dict = std::get_if<literal::dict>(&descr.value)) {
      return {dict_of(descr, *dict, nesting)};
    }
    const items* const entries = sequence_of(descr);
    if (!entries) fail(descr, "a type string, a list of fields or a dict");
    if (entries->size() == 2 && is_shape((*entries)[1])) return subarray_of(*entries, nesting);
    if (std::holds_alternative<literal::tuple>(descr.value)) {
      if (entries->size() == 2 && std::holds_alternative<literal::dict>((*entries)[1].value)) {
        throw error(errc::unsupported,
                    concat(where(descr), "a type with metadata is not supported"));
      }
      fail(descr, "a pair of a type and a shape");
    }
    return {list_of(descr, *entries, nesting)};
  }

 private:
  static constexpr int max_nesting = 4 * dtype::max_depth;

  part subarray_of(const items& pair, int nesting) {
    part inner = type_of(pair[0], nesting + 1);
    part out{std::move(inner.type), shape_of(pair[1])};
    out.shape.insert(out.shape.end(), inner.shape.begin(), inner.shape.end());
    return out;
  }

  std::vector<std::int64_t> shape_of(const literal& shape) {
    if (!is_shape(shape)) fail(shape, "a shape of integers");
    std::vector<std::int64_t> out;
    if (const auto* extent = std::get_if<std::int64_t>(&shape.value)) {
      // NumPy 1 reads the bare 1 as no subarray at all; later versions read (1,)
      if (*extent == 1) {
        add_warning(warnings_, concat(where(shape), "the shape 1 is read as a single item"));
        return out;
      }
      out.push_back(*extent);
    } else {
      for (const literal& each : *sequence_of(shape)) {
        out.push_back(std::get<std::int64_t>(each.value));
      }
    }
    for (const std::int64_t extent : out) {
      if (extent < 0) fail(shape, "extents that are not negative");
    }
    return out;
  }

  std::int64_t end_of(const literal& at, const field& last) {
    try {
      return checked::add(last.offset_bytes, last.bytes(), "the end of a field");
    } catch (const error& e) {
      throw error(e.code(), concat(where(at), e.message()));
    }
  }

  // [(name, type), (name, type, shape), ...]: offsets are the running sum of the sizes.
  dtype list_of(const literal& descr, const items& entries, int nesting) {
    std::vector<field> fields;
    std::int64_t end = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      field next = field_of(entries[i], nesting);
      next.offset_bytes = end;
      end = end_of(entries[i], next);
      if (next.name.empty() && is_padding(entries[i], next)) continue;
      name_if_empty(entries[i], next, i);
      fields.push_back(std::move(next));
    }
    return at_place(descr, [&] { return dtype::record(std::move(fields), end); });
  }

  field field_of(const literal& entry, int nesting) {
    const items* const parts = sequence_of(entry);
    if (!parts || parts->size() < 2 || parts->size() > 3) {
      fail(entry, "a field (name, type) or (name, type, shape)");
    }
    field out;
    read_name(out, (*parts)[0]);
    part inner = type_of((*parts)[1], nesting + 1);
    out.type = std::move(inner.type);
    if (parts->size() == 3) out.shape = shape_of((*parts)[2]);
    out.shape.insert(out.shape.end(), inner.shape.begin(), inner.shape.end());
    return out;
  }

  // 'name' or ('title', 'name'); the title may be None.
  void read_name(field& to, const literal& name) {
    const literal* plain = &name;
    if (const items* const pair = sequence_of(name); pair && pair->size() == 2) {
      if (!std::holds_alternative<std::monostate>((*pair)[0].value)) {
        to.title = string_of((*pair)[0], "a title");
        if (to.title.empty()) add_warning(warnings_, where(name) + "an empty title is dropped");
      }
      plain = &(*pair)[1];
    }
    to.name = string_of(*plain, "the name of a field");
  }

  static const std::string& string_of(const literal& value, std::string_view what) {
    const auto* const text = std::get_if<std::string>(&value.value);
    if (!text) fail(value, concat(what, " in quotes"));
    return *text;
  }

  // Unnamed raw bytes are padding. To NumPy an unnamed subarray is so too, whatever its items.
  bool is_padding(const literal& entry, const field& of) {
    if (sequence_of((*sequence_of(entry))[0])) return false;  // (title, '') is a field
    if (of.shape.empty()) return of.type.kind() == type_kind::raw;
    add_warning(warnings_, where(entry) + "an unnamed subarray is read as padding");
    return true;
  }

  void name_if_empty(const literal& entry, field& of, std::size_t position) {
    if (!of.name.empty()) return;
    of.name = concat("f", position);
    add_warning(warnings_, concat(where(entry), "a field without a name is called ", of.name));
  }

  // {'names': [...], 'formats': [...], 'offsets': [...], 'itemsize': N, 'titles': [...]}
  dtype dict_of(const literal& descr, const literal::dict& dict, int nesting) {
    const literal* const names = value_of(descr, dict, "names");
    const literal* const formats = value_of(descr, dict, "formats");
    const literal* const offsets = value_of(descr, dict, "offsets");
    const literal* const titles = value_of(descr, dict, "titles");
    const literal* const item_bytes = value_of(descr, dict, "itemsize");
    if (!names || !formats) fail(descr, "a dict with 'names' and 'formats'");
    std::size_t known = 0;
    for (const literal* const each : {names, formats, offsets, titles, item_bytes}) {
      if (each) ++known;
    }
    if (dict.items.size() != known) {
      fail(descr, "no keys but 'names', 'formats', 'offsets', 'itemsize' and 'titles'");
    }
    const std::size_t count = entries_of(*names).size();
    for (const literal* const each : {formats, offsets, titles}) {
      if (each && entries_of(*each).size() != count) fail(*each, concat(count, " items"));
    }
    std::vector<field> fields(count);
    std::int64_t end = 0;
    std::int64_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
      field& next = fields[i];
      next.name = string_of(entries_of(*names)[i], "the name of a field");
      if (titles && !std::holds_alternative<std::monostate>(entries_of(*titles)[i].value)) {
        next.title = string_of(entries_of(*titles)[i], "a title");
      }
      part inner = type_of(entries_of(*formats)[i], nesting + 1);
      next.type = std::move(inner.type);
      next.shape = std::move(inner.shape);
      next.offset_bytes = offsets ? offset_of(entries_of(*offsets)[i]) : end;
      end = end_of(descr, next);
      size = std::max(size, end);
    }
    if (item_bytes) size = offset_of(*item_bytes);
    return at_place(descr, [&] { return dtype::record(std::move(fields), size); });
  }

  static const literal* value_of(const literal& descr, const literal::dict& dict,
                                 std::string_view key) {
    const literal* found = nullptr;
    for (const auto& [name, value] : dict.items) {
      const auto* const text = std::get_if<std::string>(&name.value);
      if (!text || *text != key) continue;
      if (found) fail(descr, concat("the key '", key, "' once"));
      found = &value;
    }
    return found;
  }

  static const items& entries_of(const literal& value) {
    const items* const entries = sequence_of(value);
    if (!entries) fail(value, "a list");
    return *entries;
  }

  static std::int64_t offset_of(const literal& value) {
    const auto* const number = std::get_if<std::int64_t>(&value.value);
    if (!number || *number < 0) fail(value, "a number of bytes");
    return *number;
  }

  std::vector<std::string>& warnings_;
};

// --- writing

literal string_literal(std::string text) { return {std::move(text), 0}; }

literal integer_literal(std::int64_t value) {
  literal out;
  out.value = value;
  return out;
}

literal shape_literal(const std::vector<std::int64_t>& shape) {
  literal::tuple out;
  for (const std::int64_t extent : shape) out.items.push_back(integer_literal(extent));
  return {std::move(out), 0};
}

bool is_list(const dtype& type) {
  std::int64_t end = 0;
  for (const field& each : type.fields()) {
    if (each.offset_bytes < end) return false;
    end = each.offset_bytes + each.bytes();
  }
  return true;
}

literal field_literal(const field& from) {
  literal::tuple out;
  if (from.title.empty()) {
    out.items.push_back(string_literal(from.name));
  } else {
    out.items.push_back(
        {literal::tuple{{string_literal(from.title), string_literal(from.name)}}, 0});
  }
  out.items.push_back(descr_of(from.type));
  if (!from.shape.empty()) out.items.push_back(shape_literal(from.shape));
  return {std::move(out), 0};
}

literal list_literal(const dtype& type) {
  literal::list out;
  std::int64_t end = 0;
  const auto pad_to = [&](std::int64_t offset) {
    if (offset == end) return;
    out.items.push_back(
        {literal::tuple{{string_literal(""), string_literal(concat("|V", offset - end))}}, 0});
  };
  for (const field& each : type.fields()) {
    pad_to(each.offset_bytes);
    out.items.push_back(field_literal(each));
    end = each.offset_bytes + each.bytes();
  }
  pad_to(type.item_bytes());
  return {std::move(out), 0};
}

literal dict_literal(const dtype& type) {
  literal::list names;
  literal::list formats;
  literal::list offsets;
  literal::list titles;
  bool has_titles = false;
  for (const field& each : type.fields()) {
    names.items.push_back(string_literal(each.name));
    literal format = descr_of(each.type);
    if (!each.shape.empty()) {
      format = {literal::tuple{{std::move(format), shape_literal(each.shape)}}, 0};
    }
    formats.items.push_back(std::move(format));
    offsets.items.push_back(integer_literal(each.offset_bytes));
    titles.items.push_back(each.title.empty() ? literal{} : string_literal(each.title));
    has_titles = has_titles || !each.title.empty();
  }
  literal::dict out;
  const auto add = [&](const char* key, literal value) {
    out.items.push_back({string_literal(key), std::move(value)});
  };
  add("names", {std::move(names), 0});
  add("formats", {std::move(formats), 0});
  add("offsets", {std::move(offsets), 0});
  if (has_titles) add("titles", {std::move(titles), 0});
  add("itemsize", integer_literal(type.item_bytes()));
  return {std::move(out), 0};
}

}  // namespace

dtype dtype_from_descr(const literal& descr, std::vector<std::int64_t>& subarray,
                       std::vector<std::string>& warnings) {
  part out = descr_reader(warnings).type_of(descr);
  subarray = std::move(out.shape);
  return std::move(out.type);
}

literal descr_of(const dtype& type) {
  if (!type.is_record()) return string_literal(detail::type_string(type));
  return is_list(type) ? list_literal(type) : dict_literal(type);
}

}  // namespace quarry
