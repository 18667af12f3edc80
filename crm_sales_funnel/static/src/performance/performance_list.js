import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";

/** What is compared (actual, target, last year) has no total. */
export class PerformanceListRenderer extends ListRenderer {
    computeAggregates() {
        const isCompared = this.props.list.groupBy[0] === "version";
        return isCompared ? {} : super.computeAggregates();
    }
}

registry.category("views").add("funnel_performance_list", {
    ...listView,
    Renderer: PerformanceListRenderer,
});
