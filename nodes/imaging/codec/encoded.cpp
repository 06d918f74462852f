#include "nodes/imaging/codec/encoded.h"

#include "nodes/imaging/codec/codec_table.h"

namespace imagemill::imaging {

Result<std::optional<Header>> read_header(std::span<const std::uint8_t> head,
                                          const DecodeLimits& limits) {
  const Codec* codec = codecs().sniff(head);
  if (codec == nullptr) {
    return fault("not_an_image",
                 "the file has no " + kinds_of(codecs().all(), " or ") + " signature");
  }
  auto header = codec->read_header(head, limits);
  if (header && !*header && head.size() >= kLongestHeader) {
    return fault("corrupt", "the header does not end within 16 MiB");
  }
  if (header && *header) (*header)->codec = codec;
  return header;
}

std::uint64_t drop_unread(Bytes& head) {
  const Codec* codec = codecs().sniff(head);
  return codec->drop_unread == nullptr ? 0 : codec->drop_unread(head);
}

}  // namespace imagemill::imaging
