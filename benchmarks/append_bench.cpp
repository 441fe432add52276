// append_bench.cpp: rows of 1 KiB added to a .npy, beside the least that any such work must do.
// Each run checks what it has written, outside of the clock, and prints the seconds it took.
//
//     append_bench disk FILE MIB                 plain writes of 1 MiB and one fdatasync
//     append_bench group FILE MIB ROWS           row by row, a commit that waits for the disk each
//     ROWS append_bench commits FILE COUNT sync       one row a commit, each waits for the disk
//     append_bench commits FILE COUNT none       the same without waiting
//     append_bench header FILE COUNT             one row each: written behind the data, then the
//     whole
//                                                header rewritten: what npy-append-array does
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include "quarry.hpp"

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::int64_t columns = 128;
constexpr std::int64_t row_bytes = columns * 8;
constexpr std::size_t piece_bytes = std::size_t{1} << 20U;
constexpr std::size_t header_bytes = 128;

const quarry::dtype float64 = quarry::element<double>::type();

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

double seconds_since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

// Row i is i, i, ...
void check(const std::string& path, std::int64_t rows) {
  const quarry::array found = quarry::open(path);
  require(found.shape()[0] == rows && found.shape()[1] == columns, "wrong shape");
  const auto values = found.as<const double, 2>();
  for (std::int64_t i = 0; i < rows; ++i) {
    require(values(i, 0) == static_cast<double>(i) && values(i, columns - 1) == values(i, 0),
            "wrong row");
  }
}

void make_empty(const std::string& path) {
  const std::vector<std::int64_t> shape{0, columns};
  quarry::new_file_options how;
  how.overwrite = true;
  how.sync = quarry::durability::power_loss;
  quarry::create<double>(path, shape, {.file = how}).commit();
}

double write_plainly(const std::string& path, std::int64_t bytes) {
  const std::vector<char> piece(piece_bytes, 'x');
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  require(file >= 0, "cannot create");
  const auto start = clock_type::now();
  for (std::int64_t at = 0; at < bytes; at += static_cast<std::int64_t>(piece_bytes)) {
    require(::pwrite(file, piece.data(), piece.size(), at) == static_cast<ssize_t>(piece.size()),
            "cannot write");
  }
  require(::fdatasync(file) == 0, "cannot sync");
  const double seconds = seconds_since(start);
  ::close(file);
  return seconds;
}

double append_rows(const std::string& path, std::int64_t rows, std::int64_t rows_per_commit,
                   quarry::durability sync) {
  make_empty(path);
  std::vector<double> row(columns);
  const std::vector<std::int64_t> shape{1, columns};
  const quarry::array source = quarry::array::over(std::as_bytes(std::span(row)), float64,
                                                   quarry::layout::contiguous(shape, 8));
  quarry::append_options how;
  how.sync = sync;
  const auto start = clock_type::now();
  {
    quarry::appender out = quarry::append_to(path, how);
    for (std::int64_t i = 0; i < rows; ++i) {
      std::fill(row.begin(), row.end(), static_cast<double>(i));
      out.append(source);
      if ((i + 1) % rows_per_commit == 0) out.commit();
    }
    out.commit();
  }
  const double seconds = seconds_since(start);
  check(path, rows);
  return seconds;
}

double rewrite_headers(const std::string& path, std::int64_t rows) {
  make_empty(path);
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  require(file >= 0, "cannot open");
  std::string header(header_bytes, '\0');
  require(::pread(file, header.data(), header.size(), 0) == static_cast<ssize_t>(header.size()),
          "cannot read");
  const std::size_t place = header.find("(0,") + 1;
  std::vector<double> row(columns);
  const auto start = clock_type::now();
  for (std::int64_t i = 0; i < rows; ++i) {
    std::fill(row.begin(), row.end(), static_cast<double>(i));
    require(::pwrite(file, row.data(), row_bytes,
                     static_cast<off_t>(header_bytes) + i * row_bytes) == row_bytes,
            "cannot write");
    std::string now = header;
    const std::string digits = std::to_string(i + 1);
    now.replace(place, 1, digits);
    now.erase(now.find('}') + 1, digits.size() - 1);  // out of the blanks behind it
    require(::pwrite(file, now.data(), now.size(), 0) == static_cast<ssize_t>(now.size()),
            "cannot write");
  }
  const double seconds = seconds_since(start);
  ::close(file);
  check(path, rows);
  return seconds;
}

double run(const std::vector<std::string>& words) {
  require(words.size() >= 3, "see the head of append_bench.cpp");
  const std::string& path = words[1];
  const std::int64_t count = std::stoll(words[2]);
  const std::int64_t bytes = count << 20U;
  if (words[0] == "disk") return write_plainly(path, bytes);
  if (words[0] == "header") return rewrite_headers(path, count);
  if (words[0] == "group") {
    return append_rows(path, bytes / row_bytes, std::stoll(words.at(3)),
                       quarry::durability::power_loss);
  }
  const bool waits = words.at(3) == "sync";
  return append_rows(path, count, 1,
                     waits ? quarry::durability::power_loss : quarry::durability::process_crash);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::cout << run({argv + 1, argv + argc}) << '\n';
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
