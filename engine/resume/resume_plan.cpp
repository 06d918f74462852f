#include "engine/resume/resume_plan.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/base/sha256.h"
#include "engine/graph/graph_fingerprint.h"

namespace imagemill {
namespace {

void add_facts(Fingerprinter& print, const Plan& plan) {
  const Facts& facts = plan.out;
  for (const std::int64_t number :
       {facts.width, facts.height, facts.pixel_width, facts.pixel_height,
        std::int64_t{facts.channels}, std::int64_t{facts.bits}, std::int64_t{facts.orientation},
        static_cast<std::int64_t>(plan.parts.size())}) {
    print.add(static_cast<std::uint64_t>(number));
  }
  print.add(facts.format);
}

bool uses_index(const GraphNode& node) {
  const auto fields = node.node->fields();
  return std::find(fields.begin(), fields.end(), "index") != fields.end();
}

// Whether an output is former: a fresh run would not make it, but the journal keeps it until its
// file is gone.
bool is_former(const JournalOutput& output) { return output.recipe == Fingerprint(); }

// Outputs of one sink, by path. A path occurs once for each sink.
std::unordered_map<std::string_view, const JournalOutput*> by_path(
    const std::vector<JournalOutput>& outputs, const std::string& sink) {
  std::unordered_map<std::string_view, const JournalOutput*> found;
  for (const JournalOutput& output : outputs) {
    if (output.sink == sink && !is_former(output)) found[output.path] = &output;
  }
  return found;
}

}  // namespace

ResumePlan::ResumePlan(const Graph& graph, const Environment& environment,
                       const ResumeOptions& resume, std::stop_token stop,
                       const NameFolding& folding)
    : graph_(graph),
      environment_(environment),
      resume_(resume),
      stop_(std::move(stop)),
      journal_(*resume.journal),
      folding_(folding) {
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const GraphNode& node = graph.nodes()[i];
    indexed_ = indexed_ || uses_index(node);
    if (node.type->role != Role::sink) continue;
    recipes_[i] = recipe_of(i);
    sinks_[node.name] = i;
  }
  graph_print_ = fingerprint_of_graph();
  layout_ = layout_of(environment);
  if (layout_ == Layout::input_in_output) {
    input_ = folded(input_below_output(environment), folding_);
  }
}

ResumePlan::Recipe ResumePlan::recipe_of(std::size_t sink) const {
  const auto& nodes = graph_.nodes();
  // A choice passes its input on unchanged, so the node before it made the payload.
  const auto maker = [&](GraphNode::Source source) {
    while (nodes[source.node].type->role == Role::choice) {
      source = nodes[source.node].inputs.front();
    }
    return source;
  };
  std::vector<bool> leads(nodes.size());
  leads[sink] = true;
  for (std::size_t i = sink + 1; i-- > 0;) {
    if (!leads[i]) continue;
    for (const auto& input : nodes[i].inputs) leads[maker(input).node] = true;
  }
  Recipe recipe;
  std::vector<std::uint64_t> place(nodes.size());
  Fingerprinter print;
  print.add(resume_.made_by);
  for (std::size_t i = 0; i <= sink; ++i) {
    if (!leads[i]) continue;
    const GraphNode& node = nodes[i];
    place[i] = recipe.nodes.size();
    recipe.nodes.push_back(i);
    recipe.indexed = recipe.indexed || uses_index(node);
    print.add(node.type->name);
    // A source's parameters decide which items there are, and not what their bytes are.
    if (node.type->role != Role::source) add_parameters(print, node);
    const Fingerprint resources = node.node->resources();
    print.add(resources.high);
    print.add(resources.low);
    for (const auto& input : node.inputs) {
      const GraphNode::Source from = maker(input);
      print.add(place[from.node]);
      print.add(from.output);
    }
  }
  recipe.made_of = print.finish();
  return recipe;
}

Fingerprint ResumePlan::fingerprint_of_graph() const {
  Fingerprinter print;
  print.add(resume_.made_by);
  for (const Fingerprint& part : {imagemill::fingerprint_of(graph_), resources_of(graph_)}) {
    print.add(part.high);
    print.add(part.low);
  }
  return print.finish();
}

Fingerprint ResumePlan::recipe(std::size_t sink, const ItemInfo& item,
                               const std::vector<NodePlan>& plans) const {
  const Recipe& recipe = recipes_.at(sink);
  Fingerprinter print;
  print.add(recipe.made_of.high);
  print.add(recipe.made_of.low);
  if (recipe.indexed) print.add(item.index);
  for (const std::size_t node : recipe.nodes) add_facts(print, plans[node].plan);
  return print.finish();
}

bool ResumePlan::is_input(const JournalEntry& entry, const FileStamp& stamp) const {
  if (resume_.redo != Redo::undone_by_content) return entry.input == stamp;
  return entry.input.bytes == stamp.bytes && entry.content != Fingerprint() &&
         graph_.source().fingerprint(entry.key) == entry.content;
}

std::optional<JournalOutput> ResumePlan::found(const JournalOutput& output) const {
  const auto stamp = environment_.files->stamp_below(environment_.output, output.path);
  if (!stamp) return {};
  const bool right =
      resume_.redo == Redo::undone_by_content
          ? stamp->bytes == output.stamp.bytes &&
                imagemill::fingerprint_of(*environment_.files, environment_.output / output.path,
                                          stop_) == output.content
          : *stamp == output.stamp;
  if (!right) return {};
  JournalOutput now = output;
  now.stamp = *stamp;
  return now;
}

Written ResumePlan::kept(const JournalOutput& output) const {
  Written written{.path = output.path,
                  .stamp = output.stamp,
                  .content = output.content,
                  .node = sinks_.at(output.sink)};
  if (environment_.digests == Digests::on) {
    if (const auto bytes =
            read_file(*environment_.files, environment_.output / output.path, stop_)) {
      written.sha256 = to_hex(sha256(*bytes));
    }
  }
  return written;
}

std::optional<ResumePlan::Settled> ResumePlan::settled(std::uint64_t index,
                                                       const std::string& key) {
  if (resume_.redo == Redo::everything) return {};
  auto entry = journal_.find(key);
  const bool passed_over = resume_.redo == Redo::failed && !has_failed(key, entry);
  if (!passed_over) {
    if (!entry || entry->outcome == Outcome::failed || entry->graph != graph_print_) return {};
    if (indexed_ && entry->index != index) return {};
    const auto stamp = graph_.source().stamp(key);
    if (!stamp || !is_input(*entry, *stamp)) return {};
    JournalEntry now = *entry;
    now.input = *stamp;
    for (JournalOutput& output : now.outputs) {
      if (is_former(output)) continue;
      auto there = found(output);
      if (!there) return {};
      output = std::move(*there);
    }
    // A file was touched, with the same content. With the new stamp, the next run need not read it.
    if (now != *entry) journal_.add(now, Durability::none);
    *entry = std::move(now);
  }
  Settled settled{.plans = std::vector<NodePlan>(graph_.nodes().size()),
                  .kept = {},
                  .entry = std::move(entry),
                  .is_passed_over = passed_over};
  for (NodePlan& plan : settled.plans) plan.packets = 0;
  if (settled.entry) {
    for (const JournalOutput& output : settled.entry->outputs) {
      const auto sink = sinks_.find(output.sink);
      if (sink == sinks_.end() || is_former(output)) continue;
      settled.plans[sink->second].claims.push_back(output.path);
      settled.kept.push_back(kept(output));
    }
  }
  return settled;
}

void ResumePlan::keep(const Settled& settled) {
  if (settled.entry && !settled.is_passed_over) note_former(*settled.entry);
}

void ResumePlan::give_up(Settled settled) {
  if (!settled.entry) return;
  settled.entry->outcome = Outcome::failed;
  journal_.add(*settled.entry, Durability::none);
}

bool ResumePlan::has_failed(const std::string& key,
                            const std::optional<JournalEntry>& entry) const {
  if (entry) return entry->outcome == Outcome::failed;
  for (std::size_t slash = key.rfind('/'); slash != std::string::npos && slash > 0;
       slash = key.rfind('/', slash - 1)) {
    if (const auto folder = journal_.find(std::string_view(key).substr(0, slash))) return true;
  }
  return false;
}

std::shared_ptr<ItemRecord> ResumePlan::begin(const ItemInfo& item, std::vector<NodePlan>& plans,
                                              std::vector<Written>& kept_outputs) {
  auto record = std::make_shared<ItemRecord>();
  record->entry.key = item.key;
  record->entry.index = item.index;
  record->entry.input = item.stamp;
  record->entry.graph = graph_print_;
  const auto earlier = journal_.find(item.key);
  if (earlier) record->former = earlier->outputs;
  const bool same = earlier && is_input(*earlier, item.stamp);
  record->same_input = same;
  record->failed_before = same && earlier->outcome == Outcome::failed;
  if (same) record->entry.content = earlier->content;
  bool leads_to_sinks = false;
  for (const auto& [name, sink] : sinks_) {
    NodePlan& plan = plans[sink];
    if (plan.claims.empty()) continue;
    leads_to_sinks = true;
    const Fingerprint made_by = recipe(sink, item, plans);
    record->recipes[sink] = made_by;
    if (!same) continue;
    const auto written = by_path(earlier->outputs, name);
    std::vector<JournalOutput> right;
    for (const std::string& path : plan.claims) {
      const auto output = written.find(path);
      if (output == written.end() || output->second->recipe != made_by) break;
      auto there = found(*output->second);
      if (!there) break;
      right.push_back(std::move(*there));
    }
    if (right.size() != plan.claims.size()) continue;
    for (JournalOutput& output : right) {
      kept_outputs.push_back(kept(output));
      record->entry.outputs.push_back(std::move(output));
    }
    plan.packets = 0;
  }
  if (kept_outputs.empty()) return record;
  graph_.shorten(plans);
  record->settled = leads_to_sinks && plans.front().packets == 0;
  return record;
}

void ResumePlan::ended(const Item& item) {
  if (!item.record() || item.outcome() == Outcome::cancelled) return;
  ItemRecord record = *item.record();
  JournalEntry& entry = record.entry;
  if (item.content() != Fingerprint()) entry.content = item.content();
  bool in_batch = false;
  bool durable = false;
  for (const Written& written : item.outputs()) {
    entry.outputs.push_back({graph_.nodes()[written.node].name, record.recipes.at(written.node),
                             written.path, written.stamp, written.content});
    in_batch = in_batch || written.durability == Durability::batch;
    durable = durable || written.durability == Durability::file;
  }
  const bool failed = item.outcome() == Outcome::failed;
  entry.outcome = failed ? Outcome::failed : entry.outputs.empty() ? Outcome::skipped : Outcome::ok;
  std::unordered_set<std::string> paths;
  for (const JournalOutput& output : entry.outputs) paths.insert(folded(output.path, folding_));
  for (JournalOutput& output : record.former) {
    if (paths.contains(folded(output.path, folding_))) continue;
    // The earlier outputs of an item that fails now may still be what the user wants. With the same
    // input, they may even be right, so they keep their recipe.
    if (!failed || !record.same_input) output.recipe = {};
    entry.outputs.push_back(std::move(output));
  }
  journal_.add(entry, in_batch ? Durability::batch : durable ? Durability::file : Durability::none);
  if (!failed) note_former(entry);
}

void ResumePlan::note_former(const JournalEntry& entry) {
  if (std::none_of(entry.outputs.begin(), entry.outputs.end(), is_former)) return;
  const std::string line = to_line(entry);
  const MutexLock lock(mutex_);
  if (const std::uint64_t place = former_.add(line)) places_.push_back(place);
}

bool ResumePlan::remove_former(OutputClaims& claims, RunReport& report) {
  const MutexLock lock(mutex_);
  for (const std::uint64_t place : places_) {
    if (stop_.stop_requested()) return false;
    const auto line = former_.read(place);
    auto entry = line ? parse_line(std::string_view(*line).substr(0, line->size() - 1))
                      : std::optional<JournalEntry>();
    if (entry) remove_former_of(std::move(*entry), claims, report);
  }
  return true;
}

void ResumePlan::remove_former_of(JournalEntry entry, OutputClaims& claims, RunReport& report) {
  const std::size_t before = entry.outputs.size();
  std::erase_if(entry.outputs, [&](const JournalOutput& output) {
    if (!is_former(output)) return false;
    const auto stamp = environment_.files->stamp_below(environment_.output, output.path);
    if (!stamp) return stamp.error().code == "not_found";
    // The file was changed, or its path belongs to an item of this run.
    if (*stamp != output.stamp || claims.holder(output.path)) return true;
    ++report.former;
    if (resume_.former == Former::kept || is_in_input(output.path)) return false;
    if (!environment_.files->remove(environment_.output, output.path)) return false;
    ++report.removed;
    return true;
  });
  if (entry.outputs.size() != before) journal_.add(entry, Durability::none);
}

bool ResumePlan::is_in_input(const std::string& path) const {
  return layout_ == Layout::same ||
         (layout_ == Layout::input_in_output && (folded(path, folding_) + "/").starts_with(input_));
}

}  // namespace imagemill
