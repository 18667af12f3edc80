import {registry} from "@web/core/registry";
import {RelationalModel} from "@web/model/relational_model/relational_model";
import {SearchModel} from "@web/search/search_model";
import {listView} from "@web/views/list/list_view";
import {withAsOf} from "./aging_search_model";
import {AsOfControlPanel} from "./as_of_control_panel";

export class AsOfModel extends RelationalModel {
    /** A customer who had nothing at the date chosen leaves no empty group behind. */
    _postprocessReadGroup(config) {
        delete config.currentGroups;
        return super._postprocessReadGroup(...arguments);
    }
}

/** A list as of a date. */
export const asOfListView = {
    ...listView,
    ControlPanel: AsOfControlPanel,
    Model: AsOfModel,
    SearchModel: withAsOf(SearchModel),
};

registry.category("views").add("funnel_as_of_list", asOfListView);
