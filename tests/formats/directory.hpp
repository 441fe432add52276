// directory.hpp: what a parse sees beside its file, in a directory that exists in memory only.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/store/format.hpp"

namespace golden {

// What `file_name` sees beside it: files by their names.
inline quarry::siblings directory_of(std::string file_name,
                                     std::map<std::string, std::string, std::less<>> files) {
  const auto find = [files = std::move(files)](std::string_view name) {
    const auto found = files.find(name);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  };
  quarry::siblings out;
  out.file_name = std::move(file_name);
  out.exists = [find](std::string_view name) { return find(name).has_value(); };
  out.read = find;
  out.look = [find](std::string_view name, std::size_t bytes) {
    const auto text = find(name);
    if (!text) throw quarry::error(quarry::errc::not_found, "no such file");
    return quarry::neighbour{text->size(), text->substr(0, bytes)};
  };
  return out;
}

}  // namespace golden
