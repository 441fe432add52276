// convert_bench: one copy or cast from a mapped file into memory, warm, beside memcpy.
//
// usage: convert_bench INPUT ANSWER [field=NAME] [slice=SLICE] [transpose=AXIS,AXIS,...]
//
// INPUT's elements, taken as the options say, become the dtype of ANSWER, and must equal ANSWER
// bit for bit before the clock counts. Prints {"convert_ns": N, "memcpy_ns": N}: medians, the
// latter for as many bytes as INPUT has. scripts/bench runs it for every work of the table.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <functional>
#include <iostream>
#include <quarry.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using quarry::array;

constexpr int repetitions = 7;

std::int64_t median_ns(const std::function<void()>& work) {
  std::vector<std::int64_t> times;
  work();  // the destination and the page tables are touched
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const auto taken = std::chrono::steady_clock::now() - start;
    times.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count());
  }
  std::ranges::nth_element(times, times.begin() + repetitions / 2);
  return times[repetitions / 2];
}

std::vector<int> axes(std::string_view text) {
  std::vector<int> out;
  for (const char* at = text.data(); at < text.data() + text.size(); ++at) {
    int axis = 0;
    at = std::from_chars(at, text.data() + text.size(), axis).ptr;
    out.push_back(axis);
  }
  return out;
}

array taken(const array& from, std::string_view option) {
  const std::string_view value = option.substr(option.find('=') + 1);
  if (option.starts_with("field=")) return from.field(value);
  if (option.starts_with("slice=")) return from.slice(value);
  if (option.starts_with("transpose=")) return from.transpose(axes(value));
  throw std::runtime_error("unknown option " + std::string(option));
}

void check_equal(const array& found, const array& expected) {
  if (!std::ranges::equal(found.shape(), expected.shape()) ||
      std::memcmp(found.data(), expected.data(), static_cast<std::size_t>(found.size_bytes())) != 0)
    throw std::runtime_error("wrong answer");
}

void run(int count, char** arguments) {
  const array input = quarry::open(arguments[1]);
  const array answer = quarry::open(arguments[2]);
  array from = input;
  for (int i = 3; i < count; ++i) from = taken(from, arguments[i]);
  quarry::convert_options options;
  options.rule = quarry::casting::unsafe;
  const array to = array::zeros(answer.type(), from.shape());
  quarry::convert(from, to, options);
  check_equal(to, answer);
  const std::int64_t convert_ns = median_ns([&] { quarry::convert(from, to, options); });

  const auto bytes = static_cast<std::size_t>(input.size_bytes());
  const array copied = array::zeros(input.type(), input.shape());
  const std::int64_t memcpy_ns =
      median_ns([&] { std::memcpy(copied.mutable_data(), input.data(), bytes); });
  std::cout << "{\"convert_ns\": " << convert_ns << ", \"memcpy_ns\": " << memcpy_ns << "}\n";
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count < 3) throw std::runtime_error("usage: convert_bench INPUT ANSWER [OPTION...]");
    run(count, arguments);
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "convert_bench: " << failure.what() << '\n';
    return 1;
  }
}
