import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {PivotRenderer} from "@web/views/pivot/pivot_renderer";
import {pivotView} from "@web/views/pivot/pivot_view";

/** A figure opens the documents that it is made of. */
export class PerformancePivotRenderer extends PivotRenderer {
    setup() {
        super.setup();
        this.orm = useService("orm");
    }

    async onOpenView(cell, newWindow) {
        const {resModel, disableLinking} = this.model.metaData;
        if (cell.value === undefined || disableLinking || cell.measure === "__count") {
            return super.onOpenView(cell, newWindow);
        }
        const [rowValues, colValues] = cell.groupId;
        const domain = this.model.getGroupDomain({rowValues, colValues});
        const action = await this.orm.call(resModel, "get_documents_action", [
            domain,
            cell.measure,
        ]);
        return this.actionService.doAction(action, {newWindow});
    }
}

registry.category("views").add("funnel_performance_pivot", {
    ...pivotView,
    Renderer: PerformancePivotRenderer,
});
