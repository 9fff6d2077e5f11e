"""The sample film, "Night train": ten shots of a few beats, and where it goes on when more are asked for. Data only."""

from __future__ import annotations

from typing import NamedTuple

TITLE = "Night train"


class Moment(NamedTuple):
    """One beat of the film: what the narrator says, and what is seen."""

    phrase: str
    seen: str


class Scene(NamedTuple):
    """One shot: where it is, and its beats in order."""

    place: str
    moments: tuple[Moment, ...]


SCENES = (
    Scene(
        "a provincial platform at night, wet stone, one lamp in the mist",
        (
            Moment("The last train was never late.", "an empty platform clock at 23:52, its glass beaded with rain"),
            Moment("So she came early.", "a woman in a grey coat seen from behind, one small suitcase beside her"),
            Moment("And still she almost missed it.", "headlights bend round the far curve, the rails begin to shine"),
        ),
    ),
    Scene(
        "the corridor of an old sleeping car, brass rails, carpet worn thin",
        (
            Moment("Nobody asked for her ticket.", "a long corridor of closed doors, light under only one of them"),
            Moment("The conductor only nodded.", "an old conductor with a lantern, his face half in shadow"),
            Moment("As if he had been told.", "close on a gloved hand that hands over a key with a worn number 7"),
        ),
    ),
    Scene(
        "a narrow compartment, velvet seat, rain on the window",
        (
            Moment("Compartment seven had been heated.", "a folded blanket, a steaming glass of tea in silver"),
            Moment("The tea was as she liked it.", "her face mirrored in the dark window, lights of a town behind it"),
            Moment("She had told no one.", "close on two sugar cubes beside the glass, one of them already gone"),
        ),
    ),
    Scene(
        "open country seen from the train, moonlight on flooded fields",
        (
            Moment("They left the map behind at one.", "the whole train tiny on a causeway between two black lakes"),
            Moment("No station had a name now.", "a station board without letters slides past, blurred by speed"),
            Moment("Only lights, and then none.", "a single farmhouse window far off, the moment before it goes dark"),
        ),
    ),
    Scene(
        "the dining car, white cloths, green lamps, one guest",
        (
            Moment("There was one other passenger.", "a man with silver hair reads a newspaper under a green lamp"),
            Moment("His paper was from tomorrow.", "close on the masthead, the date just out of focus"),
            Moment("He did not look surprised.", "he lowers the paper and smiles, an untouched second cup before him"),
        ),
    ),
    Scene(
        "a long tunnel, sparks from the wheels, lamps going by like a heartbeat",
        (
            Moment("Then the tunnel took the windows.", "the engine dives into a stone mouth, steam torn backwards"),
            Moment("And gave them back as mirrors.", "every window of the car reflects her, each a little older"),
            Moment("She counted to forty.", "lamps streak past behind her profile, her lips move without sound"),
        ),
    ),
    Scene(
        "a mountain viaduct in first snow, the valley far below",
        (
            Moment("Snow, in the middle of June.", "large flakes cross the beam of the lamp on the engine"),
            Moment("The bridge had no far side.", "a stone viaduct runs out into white, the train halfway across"),
            Moment("The train did not slow down.", "low under the arches, ice breaks from the girders as it passes"),
        ),
    ),
    Scene(
        "the luggage van, trunks to the ceiling, a bare swinging bulb",
        (
            Moment("Her name was on a trunk.", "a leather trunk with her initials among a hundred others"),
            Moment("She had sold it years ago.", "she kneels, the brass lock already open, dust in the light"),
            Moment("Inside was the summer.", "warm gold light falls on her face from the open trunk"),
        ),
    ),
    Scene(
        "a seaside terminus at dawn, pink sky, gulls on the buffers",
        (
            Moment("At six the rails simply ended.", "the engine stands at a wooden buffer, and behind it the sea"),
            Moment("Someone was waiting.", "a small figure at the end of the platform, one arm half raised"),
            Moment("With her own face, aged nine.", "a girl in a summer dress holds the same small suitcase"),
        ),
    ),
    Scene(
        "the first platform again, full morning, people with coffee",
        (
            Moment("The morning train was on time.", "commuters in soft light, the clock now at 07:52"),
            Moment("Somebody found a suitcase.", "the small suitcase alone by the bench, a conductor bends down"),
            Moment("It was still warm.", "close on the lid as it opens, gold light, a gull's feather on top"),
        ),
    ),
)

LATER = (
    ("an autumn evening", "leaves blow along the floor"),
    ("a winter night", "breath hangs in the air"),
    ("a spring morning", "wet blossom sticks to the glass"),
    ("a summer noon", "heat makes the rails swim"),
    ("a night of thunder", "everything is white for an instant"),
    ("an hour without a moon", "only the signal lamps give light"),
)
"""When more beats are asked for than the film has, its scenes come again at another time."""

FRAMING = (
    "wide shot, low horizon",
    "medium shot at eye level",
    "close-up with a shallow focus",
    "seen from above",
    "over the shoulder",
    "long lens, layers of haze",
    "silhouette against the light",
)
