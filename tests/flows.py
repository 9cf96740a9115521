"""The golden fixtures' flows, for the tests of parity and of streams."""

from golden_files import fixture

from engine.nets.flow import Flow, FlowPrompt, FlowV2, FlowV2Config, FlowV3, FlowV3Config, Solver

FLOWS = {"cv2_flow_tiny": (FlowV2, FlowV2Config), "cv3_flow_tiny": (FlowV3, FlowV3Config)}
ODE = {"atol": 1e-4, "rtol": 0}


def flow_of(name):
    """-> (a flow, the fixture's prompt, its arrays, its solver)"""
    weights, arrays, config = fixture(name)
    net, cfg = FLOWS[name]
    net = net(cfg.of(config)).eval()
    net.load_state_dict(weights, strict=True)
    prompt = FlowPrompt(arrays["prompt_token"], arrays["prompt_feat"].transpose(1, 2), arrays["embedding"])
    how = Solver(config["cfm"]["n_timesteps"], config["cfm"]["inference_cfg_rate"])
    return Flow(net), prompt, arrays, how
