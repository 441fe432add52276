// chain_driver: applies chains of zero-copy operations for differential_test.py.
//
// Every line of standard input is a case as JSON: {"file": PATH, "private": BOOL, "steps":
// [[OPERATION, ARGUMENT...] ...]}, with "other" (steps of a second array, whose memory is compared)
// or "cast" (the result is converted). Every line of standard output is the answer: what the array
// is and a CRC-32 of its items, or the error and the step that failed.
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <quarry.hpp>
#include <string>
#include <utility>
#include <vector>

#include <boost/crc.hpp>
#include <nlohmann/json.hpp>

namespace {

using json = nlohmann::json;
using quarry::array;
using extents = std::vector<std::int64_t>;

quarry::memory_order order_of(const json& letter) {
  return letter == "F" ? quarry::memory_order::f : quarry::memory_order::c;
}

// From a descr as Python writes it; the only text that tells titles and overlapping fields.
quarry::dtype type_of(const json& descr) {
  std::vector<std::string> warnings;
  std::vector<std::int64_t> subarray;
  const auto text = descr.get<std::string>();
  return quarry::dtype_from_descr(quarry::parse_literal(text, warnings), subarray, warnings);
}

// step[0] is the operation's name, the rest are its arguments.
using operation = std::function<array(const array&, const json& step)>;

const std::map<std::string, operation>& operations() {
  static const std::map<std::string, operation> table{
      {"slice", [](const array& a, const json& s) { return a.slice(s[1].get<std::string>()); }},
      {"transpose",
       [](const array& a, const json& s) { return a.transpose(s[1].get<std::vector<int>>()); }},
      {"transpose_all", [](const array& a, const json&) { return a.transpose(); }},
      {"swap_axes", [](const array& a, const json& s) { return a.swap_axes(s[1], s[2]); }},
      {"flip", [](const array& a, const json& s) { return a.flip(s[1].get<int>()); }},
      {"flip_all", [](const array& a, const json&) { return a.flip(); }},
      {"squeeze", [](const array& a, const json& s) { return a.squeeze(s[1].get<int>()); }},
      {"squeeze_all", [](const array& a, const json&) { return a.squeeze(); }},
      {"reshape", [](const array& a,
                     const json& s) { return a.reshape(s[1].get<extents>(), order_of(s[2])); }},
      {"ravel", [](const array& a, const json& s) { return a.ravel(order_of(s[1])); }},
      {"broadcast_to",
       [](const array& a, const json& s) { return a.broadcast_to(s[1].get<extents>()); }},
      {"sliding_window",
       [](const array& a, const json& s) {
         return a.sliding_window(s[1].get<extents>(), s[2].get<std::vector<int>>());
       }},
      {"as_strided",
       [](const array& a, const json& s) {
         return a.as_strided(s[1].get<extents>(), s[2].get<extents>(), s[3].get<std::int64_t>());
       }},
      {"diagonal",
       [](const array& a, const json& s) {
         return a.diagonal(s[1].get<std::int64_t>(), s[2].get<int>(), s[3].get<int>());
       }},
      {"field", [](const array& a, const json& s) { return a.field(s[1].get<std::string>()); }},
      {"fields", [](const array& a,
                    const json& s) { return a.fields(s[1].get<std::vector<std::string>>()); }},
      {"real", [](const array& a, const json&) { return a.real(); }},
      {"imag", [](const array& a, const json&) { return a.imag(); }},
      {"with_byte_order",
       [](const array& a, const json& s) {
         return a.with_byte_order(s[1] == ">" ? quarry::byte_order::big
                                              : quarry::byte_order::little);
       }},
      {"reinterpret", [](const array& a, const json& s) { return a.reinterpret(type_of(s[1])); }},
  };
  return table;
}

// `step` is the one that failed, for the error's report.
array apply(array a, const json& steps, std::size_t& step) {
  for (step = 0; step < steps.size(); ++step) {
    a = operations().at(steps[step][0].get<std::string>())(a, steps[step]);
  }
  return a;
}

// Over the items in C order, padding inside records included.
std::uint32_t checksum(const array& a) {
  boost::crc_32_type crc;
  if (a.size() == 0) return crc.checksum();
  extents index(static_cast<std::size_t>(a.rank()));
  const auto item_bytes = static_cast<std::size_t>(a.type().item_bytes());
  while (true) {
    crc.process_bytes(a.data() + a.where().offset_of(index), item_bytes);
    int axis = a.rank() - 1;
    for (; axis >= 0; --axis) {
      std::int64_t& i = index[static_cast<std::size_t>(axis)];
      if (++i < a.where().extent(axis)) break;
      i = 0;
    }
    if (axis < 0) return crc.checksum();
  }
}

quarry::casting rule_of(const std::string& name) {
  static const std::map<std::string, quarry::casting> rules{
      {"no", quarry::casting::no},
      {"equiv", quarry::casting::equiv},
      {"safe", quarry::casting::safe},
      {"same_kind", quarry::casting::same_kind},
      {"unsafe", quarry::casting::unsafe}};
  return rules.at(name);
}

array converted(const array& from, const json& cast) {
  array to = array::zeros(type_of(cast["to"]), from.shape(), order_of(cast["order"]));
  if (cast["backwards"]) to = to.flip();
  quarry::convert(from, to,
                  {.rule = rule_of(cast["rule"]),
                   .clip = cast["clip"],
                   .scale = cast["scale"],
                   .offset = cast["offset"]});
  return to;
}

json report(const array& a, std::size_t largest_checksum) {
  const quarry::array_flags flags = a.flags();
  json out{{"dtype", quarry::python_text(quarry::descr_of(a.type()))},
           {"shape", extents(a.shape().begin(), a.shape().end())},
           {"strides", extents(a.strides().begin(), a.strides().end())},
           {"offset", a.origin().offset_bytes},
           {"c", flags.c_contiguous},
           {"f", flags.f_contiguous},
           {"aligned", flags.aligned},
           {"writable", flags.writable}};
  if (static_cast<std::size_t>(a.size()) <= largest_checksum) out["crc"] = checksum(a);
  return out;
}

// The file's array; cases share the mapping.
const array& opened(const json& task) {
  static std::map<std::string, array> arrays;
  const std::string path = task["file"];
  const auto known = arrays.find(path);
  if (known != arrays.end()) return known->second;
  const auto mode = task["private"] ? quarry::access::copy_on_write : quarry::access::read_only;
  return arrays.emplace(path, quarry::open(path, {.mode = mode})).first->second;
}

json answer(const json& task) {
  std::size_t step = 0;
  try {
    const array& whole = opened(task);
    const array result = apply(whole, task["steps"], step);
    if (task.contains("other")) {
      return {{"shares", quarry::shares_memory(result, apply(whole, task["other"], step))}};
    }
    const std::size_t largest_checksum = task.value("checksum_up_to", std::size_t{0});
    return report(task.contains("cast") ? converted(result, task["cast"]) : result,
                  largest_checksum);
  } catch (const quarry::error& failure) {
    return {{"error", failure.code().message()}, {"says", failure.what()}, {"step", step}};
  }
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    // Flushed, so that after a crash the number of answers tells the case.
    std::cout << answer(json::parse(line)).dump() << std::endl;
  }
  return std::cout ? 0 : 1;
}
