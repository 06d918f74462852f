// Adapts a plain struct to the Node interface. Only registration includes this.
#pragma once

#include <utility>

#include "engine/node/node.h"
#include "engine/node/node_traits.h"

namespace imagemill::detail {

template <class N>
const NodeSchema<N>& schema_of() {
  static const NodeSchema<N> schema = [] {
    NodeSchema<N> s;
    N::describe(s);
    return s;
  }();
  return schema;
}

template <class Out>
std::uint64_t size_of(const Out& out) {
  if constexpr (std::same_as<Out, Written>) {
    return out.stamp.bytes;
  } else {
    return out.byte_size();
  }
}

template <class N>
class NodeAdaptor final : public Node {
 public:
  void* parameters() override { return &node_; }
  std::optional<std::string> broken_requirement() const override {
    return schema_of<N>().broken_requirement(node_);
  }
  std::vector<std::string> outputs() const override {
    if constexpr (ChoiceNode<N>) return node_.outputs();
    return {""};
  }
  std::vector<std::string> fields() const override {
    if constexpr (requires { node_.fields(); }) return node_.fields();
    return {};
  }

  Result<void> open(const Environment& environment) override {
    if constexpr (ConstantNode<N>) {
      auto loaded = node_.load(environment);
      if (!loaded) return tl::make_unexpected(std::move(loaded.error()));
      constant_ = {loaded->facts, Payload(std::move(loaded->value)), loaded->content,
                   std::move(loaded->losses)};
    } else if constexpr (requires { node_.open(environment); }) {
      return node_.open(environment);
    }
    return {};
  }

  Result<void> close() override {
    // What else is known of a constant, later code may still ask for.
    constant_.value = {};
    if constexpr (requires { node_.close(); }) return node_.close();
    return {};
  }

  Fingerprint resources() const override {
    if constexpr (requires { node_.resources(); }) return node_.resources();
    return constant_.content;
  }

  Result<Plan> plan(std::span<const Facts> in, const Demand& demand) const override {
    if constexpr (requires { node_.plan(in, demand); }) {
      return node_.plan(in, demand);
    } else if constexpr (requires { node_.plan(in.front(), demand); }) {
      return node_.plan(in.front(), demand);
    }
    return Plan{.out = in.front()};
  }

  Demand demand(std::size_t port, std::span<const Facts> in,
                const Demand& on_output) const override {
    if constexpr (requires { node_.demand(port, in, on_output); }) {
      return node_.demand(port, in, on_output);
    } else if constexpr (requires { node_.demand(in.front(), on_output); }) {
      return node_.demand(in.front(), on_output);
    } else if constexpr (ChoiceNode<N>) {
      return on_output;
    }
    return {in[port].width, in[port].height};
  }

  std::string claim(const ItemInfo& item, const Facts& in, const PartOf* part) const override {
    if constexpr (requires { node_.claim(item, in, part); }) return node_.claim(item, in, part);
    return {};
  }

  std::vector<std::string> extensions() const override {
    if constexpr (requires { node_.extensions(); }) return node_.extensions();
    return {};
  }
  Result<void> check_name(
      [[maybe_unused]] const std::vector<std::string>& extensions) const override {
    if constexpr (requires { node_.check_name(extensions); }) return node_.check_name(extensions);
    return {};
  }

  Result<std::unique_ptr<Scratch>> make_scratch() const override {
    if constexpr (MakesScratch<N>) {
      return node_.make_scratch().map([](auto&& made) -> std::unique_ptr<Scratch> {
        return std::make_unique<Held<typename N::Scratch>>(std::forward<decltype(made)>(made));
      });
    } else if constexpr (WithScratch<N>) {
      return std::make_unique<Held<typename N::Scratch>>();
    }
    return nullptr;
  }

  Result<Payload> process([[maybe_unused]] std::span<Payload> in, [[maybe_unused]] Scratch* scratch,
                          [[maybe_unused]] const Call& call) override {
    if constexpr (WorkNode<N>) {
      return unpack(in, scratch, call, std::make_index_sequence<Traits::inputs>());
    }
    return failure("internal", "this node does no work");
  }

  std::uint64_t payload_bytes(const Payload& out) const override {
    if constexpr (SourceNode<N>) {
      return bytes_in<typename ProbeTraits<decltype(&N::probe)>::Output>(out);
    } else if constexpr (WorkNode<N>) {
      return bytes_in<typename Traits::Output>(out);
    }
    return 0;
  }

  Result<std::unique_ptr<Cursor>> list() const override {
    if constexpr (SourceNode<N>) return node_.list();
    return cursor_of({});
  }

  Result<std::optional<Candidate<Payload>>> probe(
      [[maybe_unused]] const std::string& key) const override {
    if constexpr (SourceNode<N>) {
      auto found = node_.probe(key);
      if (!found) return tl::make_unexpected(std::move(found.error()));
      if (!*found) return std::optional<Candidate<Payload>>();
      return Candidate<Payload>{
          (*found)->facts,
          [load = std::move((*found)->load)]() -> Result<Payload> {
            return load().map([](auto&& out) { return Payload(std::forward<decltype(out)>(out)); });
          },
          std::move((*found)->texts), (*found)->stamp};
    }
    return std::optional<Candidate<Payload>>();
  }

  std::uint64_t probe_bytes() const override {
    if constexpr (requires { node_.probe_bytes(); }) return node_.probe_bytes();
    return 0;
  }
  std::optional<FileStamp> stamp([[maybe_unused]] const std::string& key) const override {
    if constexpr (SourceNode<N> && requires { node_.stamp(key); }) return node_.stamp(key);
    return {};
  }
  std::optional<Fingerprint> fingerprint([[maybe_unused]] const std::string& key) const override {
    if constexpr (SourceNode<N> && requires { node_.fingerprint(key); }) {
      return node_.fingerprint(key);
    }
    return {};
  }
  std::optional<Fingerprint> content([[maybe_unused]] const Payload& loaded) const override {
    if constexpr (SourceNode<N>) {
      using Out = typename ProbeTraits<decltype(&N::probe)>::Output;
      if constexpr (requires(const Out& out) { out.file_bytes(); }) {
        if (const auto* out = std::any_cast<Out>(&loaded)) {
          return imagemill::fingerprint(out->file_bytes());
        }
      }
    }
    return {};
  }

  bool ordered() const override {
    if constexpr (requires { node_.ordered(); }) return node_.ordered();
    return false;
  }
  std::vector<std::string> texts() const override {
    if constexpr (SourceNode<N> && requires { node_.texts(); }) return node_.texts();
    return {};
  }
  std::vector<std::string> dates() const override {
    if constexpr (SourceNode<N> && requires { node_.dates(); }) return node_.dates();
    return {};
  }
  const Constant<Payload>& constant() const override { return constant_; }
  std::optional<std::size_t> choose([[maybe_unused]] const ItemInfo& item) const override {
    if constexpr (ChoiceNode<N>) return node_.choose(item);
    return {};
  }
  std::string reason() const override {
    if constexpr (requires { node_.reason(); }) return node_.reason();
    return {};
  }

 private:
  struct NoTraits {};
  template <class T>
  struct TraitsOf {
    using Type = NoTraits;
  };
  template <WorkNode T>
  struct TraitsOf<T> {
    using Type = ProcessTraits<decltype(&T::process)>;
  };
  using Traits = typename TraitsOf<N>::Type;

  template <class S>
  struct Held final : Scratch {
    Held() = default;
    explicit Held(S&& made) : value(std::move(made)) {}
    S value;
  };

  template <std::size_t... port>
  Result<Payload> unpack(std::span<Payload> in, Scratch* scratch, const Call& call,
                         std::index_sequence<port...> /*ports*/) {
    const auto inputs =
        std::tuple(std::any_cast<typename Traits::template Input<port>>(&in[port])...);
    if (((std::get<port>(inputs) == nullptr) || ...)) {
      return failure("internal", "a payload of another type than the port's");
    }
    return work(scratch, call, std::move(*std::get<port>(inputs))...).map([](auto&& out) {
      return packed(std::forward<decltype(out)>(out));
    });
  }

  template <class... In>
  auto work(Scratch* scratch, const Call& call, In... in) {
    if constexpr (WithScratch<N>) {
      auto& value = static_cast<Held<typename N::Scratch>*>(scratch)->value;
      if constexpr (requires { node_.process(std::move(in)..., value, call); }) {
        return node_.process(std::move(in)..., value, call);
      } else {
        return node_.process(std::move(in)..., value);
      }
    } else if constexpr (requires { node_.process(std::move(in)..., call); }) {
      return node_.process(std::move(in)..., call);
    } else {
      return node_.process(std::move(in)...);
    }
  }

  template <class Out>
  static Payload packed(Out out) {
    if constexpr (OutputTraits<Out>::arity == Arity::many) {
      Payloads parts;
      parts.reserve(out.size());
      for (auto& part : out) parts.emplace_back(std::move(part));
      return parts;
    } else {
      return out;
    }
  }

  template <class Out>
  static std::uint64_t bytes_in(const Payload& payload) {
    if (const auto* out = std::any_cast<Out>(&payload)) return size_of(*out);
    std::uint64_t bytes = 0;
    if (const auto* parts = std::any_cast<Payloads>(&payload)) {
      for (const Payload& part : *parts) bytes += bytes_in<Out>(part);
    }
    return bytes;
  }

  N node_;
  Constant<Payload> constant_;
};

template <class N, std::size_t... port>
std::vector<InputPort> input_ports(std::index_sequence<port...> /*ports*/) {
  using Traits = ProcessTraits<decltype(&N::process)>;
  if constexpr (sizeof...(port) == 1) {
    return {{"in", Traits::template Input<0>::kTypeName}};
  } else {
    static_assert(N::kInputs.size() == sizeof...(port));
    return {{N::kInputs[port], Traits::template Input<port>::kTypeName}...};
  }
}

template <class Out>
void give(NodeType& type) {
  static_assert(PayloadType<Out>);
  type.output = Out::kTypeName;
  if constexpr (requires { Out::kJoinRun; }) type.join_run = Out::kJoinRun;
}

template <class N>
NodeType make_node_type(const std::string& name) {
  NodeType type;
  type.name = name;
  type.schema = schema_of<N>().info();
  type.shares_scratch = WithScratch<N> && !MakesScratch<N>;
  type.make = [] { return std::make_unique<NodeAdaptor<N>>(); };
  if constexpr (SourceNode<N>) {
    type.role = Role::source;
    give<typename ProbeTraits<decltype(&N::probe)>::Output>(type);
  } else if constexpr (ConstantNode<N>) {
    type.role = Role::constant;
    give<typename LoadTraits<decltype(&N::load)>::Output>(type);
  } else if constexpr (ChoiceNode<N>) {
    type.role = Role::choice;
    type.inputs = {{"in", ""}};
  } else {
    using Traits = ProcessTraits<decltype(&N::process)>;
    static_assert(Traits::inputs > 0, "process takes its inputs first, each of a payload type");
    type.inputs = input_ports<N>(std::make_index_sequence<Traits::inputs>());
    type.parallelism = Traits::parallelism;
    type.arity = Traits::arity;
    if constexpr (std::same_as<typename Traits::Output, Written>) {
      type.role = Role::sink;
    } else {
      give<typename Traits::Output>(type);
    }
  }
  return type;
}

}  // namespace imagemill::detail
