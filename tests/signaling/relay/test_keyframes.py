from signaling.relay.keyframes import REQUEST_INTERVAL, KeyframeRequests


def test_ten_joiners_within_a_moment_cost_one_request() -> None:
    requests = KeyframeRequests()
    sent = 0
    for joiner in range(10):
        requests.want()
        sent += requests.due(joiner * 0.01)
    assert sent == 1


def test_a_lost_request_is_repeated_until_a_keyframe_comes() -> None:
    requests = KeyframeRequests()
    requests.want()
    assert requests.due(0.0)
    assert not requests.due(REQUEST_INTERVAL * 0.9)
    assert requests.due(REQUEST_INTERVAL * 1.1)
    requests.arrived()
    assert not requests.due(9.0)
    assert requests.requested == 2
