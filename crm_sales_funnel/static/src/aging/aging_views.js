import {registry} from "@web/core/registry";
import {graphView} from "@web/views/graph/graph_view";
import {pivotView} from "@web/views/pivot/pivot_view";
import {AgingControlPanel} from "./aging_control_panel";
import {withAsOf} from "./aging_search_model";
import {AsOfControlPanel} from "./as_of_control_panel";

for (const [name, view] of Object.entries({pivot: pivotView, graph: graphView})) {
    const SearchModel = withAsOf(view.SearchModel);
    for (const [kind, ControlPanel] of Object.entries({
        aging: AgingControlPanel,
        as_of: AsOfControlPanel,
    })) {
        registry
            .category("views")
            .add(`funnel_${kind}_${name}`, {...view, ControlPanel, SearchModel});
    }
}
