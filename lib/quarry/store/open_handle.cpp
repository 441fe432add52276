#include "quarry/store/open_handle.hpp"

#include <memory>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/lasting_path.hpp"

namespace quarry {

array_handle handle_of(const array& view) {
  const region& memory = *view.memory();
  std::filesystem::path path = lasting_path(memory);
  if (!path.is_absolute()) {
    throw error(errc::unsupported,
                path.empty()
                    ? "the view is not of a file that others can open, so it has no handle"
                    : "the absolute name of the file is not known, so its views have no handles",
                memory.path);
  }
  return {std::move(path), memory.device, memory.inode,
          view.type(),     view.where(),  view.origin().offset_bytes};
}

array open_handle(const array_handle& handle, access mode, io_method how) {
  const std::shared_ptr<const region> memory = mapping::open(handle.path, mode, how).share();
  if (memory->device != handle.device || memory->inode != handle.inode) {
    throw error(errc::changed,
                concat("is another file than that of the handle (found ", memory->device, ":",
                       memory->inode, ", expected ", handle.device, ":", handle.inode, ")"),
                handle.path);
  }
  return about(handle.path,
               [&] { return array::over(memory, handle.type, handle.where, handle.offset_bytes); });
}

}  // namespace quarry
