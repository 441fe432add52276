// every_format_test.cpp: what holds for each row of the table of formats: no file, however
// damaged, does worse than an error. A new format adds its sample to samples.cpp.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/array.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/formats.hpp"
#include "formats/golden.hpp"
#include "formats/reading.hpp"
#include "formats/samples.hpp"

using quarry::array_info;
using quarry::format;
using samples::beside;
using samples::data;
using samples::for_each_sample;
using samples::opened;
using samples::sample;

namespace {

// Nothing if the format says that it cannot hold such an array.
std::optional<quarry::file_plan> plan_of(const format& of, const array_info& array) {
  try {
    return of.plan(std::span(&array, 1));
  } catch (const quarry::error& refused) {
    CHECK(refused.code() == quarry::errc::unsupported);
    return std::nullopt;
  }
}

// The bytes of the planned file, elements zero.
std::string planned_file(const quarry::file_plan& plan) {
  std::string out(static_cast<std::size_t>(plan.file_bytes), '\0');
  const auto store = [&](std::uint64_t at, const std::vector<std::byte>& bytes) {
    std::ranges::copy(quarry::formats::as_text(bytes),
                      out.begin() + static_cast<std::ptrdiff_t>(at));
  };
  store(0, plan.header);
  store(plan.file_bytes - plan.trailer.size(), plan.trailer);
  return out;
}

// What a planned file is read as: a pair by its header.
quarry::catalog reread(const format& of, const quarry::file_plan& plan) {
  const std::string file = planned_file(plan);
  if (plan.detached.empty()) return golden::parse(of, file);
  sample pair;
  pair.file = quarry::formats::as_text(plan.detached);
  pair.file_name = quarry::concat("a", of.pair.header_suffix);
  pair.data_file = quarry::concat("a", of.pair.data_suffixes.front());
  quarry::siblings around = beside(pair, pair.file);
  around.look = [&](std::string_view, std::size_t) { return quarry::neighbour{file.size(), {}}; };
  quarry::catalog out = golden::parse(of, pair.file, around);
  for (const array_info& each : out.arrays) CHECK(each.data_file == pair.data_file);
  return out;
}

// Shape and strides but for axes of one element, which a format may add or leave out.
std::string places(const quarry::layout& where) {
  std::string out;
  for (int axis = 0; axis < where.rank(); ++axis) {
    if (where.extent(axis) == 1) continue;
    out += quarry::concat(where.extent(axis), "*", where.stride(axis), " ");
  }
  return out;
}

// Reads the first and the last byte of up to 1000 elements; under asan each must lie in the file.
unsigned touch(const quarry::array& array) {
  unsigned sum = 0;
  if (array.size() == 0) return sum;
  std::vector<std::int64_t> index(static_cast<std::size_t>(array.rank()), 0);
  for (int count = 0; count < 1000; ++count) {
    const std::byte* const element = array.data() + array.where().offset_of(index);
    sum += std::to_integer<unsigned>(element[0]);
    sum += std::to_integer<unsigned>(element[array.where().item_bytes() - 1]);
    int axis = array.rank() - 1;
    for (; axis >= 0; --axis) {
      std::int64_t& at = index[static_cast<std::size_t>(axis)];
      if (++at < array.where().extent(axis)) break;
      at = 0;
    }
    if (axis < 0) break;
  }
  return sum;
}

// What became of damaged files.
struct outcomes {
  int refused = 0;
  int outside = 0;   // described, but its data lies outside the file, or in another one
  int readable = 0;  // described, and every element was read
};

void read_array(const array_info& found, std::span<const std::byte> bytes, outcomes& count) {
  if (found.where.item_bytes() != found.type.item_bytes()) FAIL("layout and dtype disagree");
  if (found.offset_bytes > bytes.size()) {
    ++count.outside;
    return;
  }
  try {
    touch(quarry::array::over(bytes, found.type, found.where,
                              static_cast<std::int64_t>(found.offset_bytes)));
    ++count.readable;
  } catch (const quarry::error& e) {
    if (e.code() != quarry::errc::out_of_bounds) throw;
    ++count.outside;
  }
}

// Memory of the exact size.
std::vector<std::byte> exactly(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// Where the header says that the elements are, of the file that is opened.
std::string_view data_file_of(const sample& from) {
  return from.is_by_data ? std::string_view() : from.data_file;
}

// Any exception but quarry::error fails the test.
void read_damaged(const format& of, const sample& from, std::string_view file, outcomes& count) {
  const std::vector<std::byte> exact = exactly(opened(from, file));
  const std::vector<std::byte> exact_data = exactly(data);
  quarry::catalog found;
  try {
    found = of.parse(exact, beside(from, file));
  } catch (const quarry::error& e) {
    ++count.refused;
    if (e.message().empty()) FAIL("an error without a message");
    return;
  }
  for (const array_info& each : found.arrays) {
    if (each.stored_as != quarry::encoding::plain) continue;
    if (each.data_file != data_file_of(from)) {
      ++count.outside;
      continue;
    }
    read_array(each, each.data_file.empty() ? exact : exact_data, count);
  }
}

// What may stand in the place of `right`: each of its bits flipped, and what means something in a
// header.
std::string wrong_bytes(char right) {
  std::string out = "\t\n\r \"'()*+,-./01289:;<=>?@FTLOSUV[\\]befinu{|}\x7f\x80\xc3\xff";
  out += '\0';
  for (unsigned bit = 0; bit < 8; ++bit) {
    out += static_cast<char>(static_cast<unsigned char>(right) ^ (1U << bit));
  }
  std::erase(out, right);
  return out;
}

}  // namespace

TEST_CASE("every format: a sample is recognised and read as it was made", "[formats]") {
  for_each_sample([](const format& of, const sample& made) {
    const quarry::siblings around = beside(made, made.file);
    const std::string_view file = opened(made, made.file);
    CHECK(golden::probe(of, file, around) == made.certainty);
    const quarry::catalog found = golden::parse(of, file, around);
    REQUIRE(found.arrays.size() == 1);
    CHECK(found.warnings.empty());
    CHECK(found.arrays[0].type == made.array.type);
    CHECK(found.arrays[0].where == made.array.where);
    CHECK(found.arrays[0].data_file == data_file_of(made));
    outcomes count;
    read_damaged(of, made, made.file, count);
    CHECK(count.readable == 1);
  });
}

TEST_CASE("every format: reads back what it plans", "[formats]") {
  for (const format& of : quarry::formats::table()) {
    if (of.plan == nullptr) continue;
    INFO(of.name);
    int held = 0;
    for (const array_info& array : samples::arrays()) {
      const auto plan = plan_of(of, array);
      if (!plan) continue;
      ++held;
      const auto data_bytes = static_cast<std::uint64_t>(array.where.size_bytes());
      REQUIRE(plan->offsets_bytes.size() == 1);
      CHECK(plan->offsets_bytes[0] == plan->header.size());
      CHECK(plan->file_bytes == plan->header.size() + data_bytes + plan->trailer.size());
      if (of.name == "raw") continue;  // nothing in the file says what it is
      const quarry::catalog found = reread(of, *plan);
      REQUIRE(found.arrays.size() == 1);
      CHECK(found.warnings.empty());
      CHECK(found.arrays[0].type == array.type);
      CHECK(places(found.arrays[0].where) == places(array.where));
      CHECK(found.arrays[0].offset_bytes == plan->offsets_bytes[0]);
    }
    REQUIRE(held > 0);
  }
}

TEST_CASE("every format: each prefix of a file is refused or promises more than there is",
          "[formats]") {
  for_each_sample([](const format& of, const sample& made) {
    outcomes count;
    for (std::size_t bytes = 0; bytes < made.file.size(); ++bytes) {
      read_damaged(of, made, std::string_view(made.file).substr(0, bytes), count);
    }
    CHECK(count.readable == 0);
    CHECK(count.refused + count.outside == static_cast<int>(made.file.size()));
  });
}

TEST_CASE("every format: no single wrong byte of a header leads outside the file", "[formats]") {
  for_each_sample([](const format& of, const sample& made) {
    outcomes as_is;
    outcomes sealed;
    std::string file = made.file;
    for (std::size_t at = 0; at < made.header_bytes; ++at) {
      const char right = file[at];
      for (const char wrong : wrong_bytes(right)) {
        file[at] = wrong;
        read_damaged(of, made, file, as_is);
        if (made.sealed != nullptr) read_damaged(of, made, made.sealed(file), sealed);
      }
      file[at] = right;
    }
    CHECK(as_is.refused > 0);
    // checksums leave no damage unnoticed; without them some names and numbers are others
    CHECK((as_is.readable > 0) == (made.sealed == nullptr));
    if (made.sealed != nullptr) CHECK(sealed.readable > 0);
  });
}

TEST_CASE("every format: probes say no to bytes that are not theirs", "[formats]") {
  const std::vector<std::byte> zeros(4096);
  const quarry::siblings nobody{.file_name = "name.without-a-known-ending"};
  for (const format& each : quarry::formats::table()) {
    INFO(each.name);
    CHECK(each.probe({{}, 0, nobody}) == 0);
    CHECK(each.probe({zeros, zeros.size(), nobody}) == 0);
    if (each.probe_beside != nullptr) CHECK(each.probe_beside(nobody) == 0);
  }
}

TEST_CASE("every format: a disk that fails under a neighbour is an error", "[formats]") {
  for_each_sample([](const format& of, const sample& made) {
    quarry::siblings around = beside(made, made.file);
    around.read = [](std::string_view) -> std::optional<std::string> {
      throw quarry::error(std::make_error_code(std::errc::io_error), "reading failed");
    };
    around.look = [](std::string_view, std::size_t) -> quarry::neighbour {
      throw quarry::error(std::make_error_code(std::errc::io_error), "reading failed");
    };
    const std::string_view file = opened(made, made.file);
    const auto parsed = golden::refusal_from([&] { golden::parse(of, file, around); });
    if (made.is_by_data) {
      CHECK(parsed.code == std::errc::io_error);
    } else {  // some headers say all without a look at the data
      CHECK((parsed.code == std::errc::io_error || parsed.code == std::error_code()));
    }
    if (!made.is_by_data) return;
    int certainty = 0;
    const auto probed = golden::refusal_from([&] { certainty = golden::probe(of, file, around); });
    CHECK((probed.code == std::errc::io_error || certainty > 0));  // by the name alone
  });
}

TEST_CASE("every format: its name is its own and so are its suffixes", "[formats]") {
  std::vector<std::string_view> names;
  std::vector<std::string_view> suffixes;
  for (const format& each : quarry::formats::table()) {
    names.push_back(each.name);
    suffixes.insert(suffixes.end(), each.suffixes.begin(), each.suffixes.end());
    CHECK(each.probe != nullptr);
    CHECK(each.parse != nullptr);
  }
  for (auto* const all : {&names, &suffixes}) {
    std::ranges::sort(*all);
    CHECK(std::ranges::adjacent_find(*all) == all->end());
  }
}
