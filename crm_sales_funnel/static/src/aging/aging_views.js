import {registry} from "@web/core/registry";
import {graphView} from "@web/views/graph/graph_view";
import {pivotView} from "@web/views/pivot/pivot_view";
import {AgingControlPanel} from "./aging_control_panel";
import {withAsOf} from "./aging_search_model";

for (const [name, view] of Object.entries({pivot: pivotView, graph: graphView})) {
    registry.category("views").add(`funnel_aging_${name}`, {
        ...view,
        ControlPanel: AgingControlPanel,
        SearchModel: withAsOf(view.SearchModel),
    });
}
