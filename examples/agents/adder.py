"""An agent in Python: `longleash run TASK --agent python:examples/agents/adder.py:Adder`.

A class is made anew for each episode, so it may keep what it likes. `propose` gets a view (the
instruction, the policy's rules, the steps so far) and answers with one action, or with a `Proposal`
that holds a forecast as well.
"""

from episodes.actions import Action, Finish, ReadFile, WriteFile
from episodes.forecasts import ExpectText, Forecast, Premise
from sandbox.agents.agent import Proposal, View


class Adder:
    """Adds up the last number of each line of notes.txt, and writes the sum to total.txt."""

    def propose(self, view: View) -> Action | Proposal:
        if view.step == 0:
            return Proposal(
                ReadFile(path="notes.txt"),
                Forecast(
                    purpose="exploit",
                    premises=(
                        Premise(
                            text="notes.txt is there",
                            probability=0.98,
                            source="instructed",
                            reference="notes.txt",
                        ),
                    ),
                    expects=(ExpectText(text="bread", where="file", probability=0.5),),
                    success_probability=0.9,
                ),
            )
        seen = view.history[-1].observation
        if seen.kind == "file":
            total = sum(int(line.split()[-1]) for line in seen.data.decode().splitlines())
            return WriteFile(path="total.txt", data=f"{total}\n".encode())
        if seen.kind == "written":
            return Finish(answer="the total is in total.txt")
        # A denial, or a file that is not there: there is nothing else this agent could do.
        return Finish(answer=f"gave up: {seen.kind}")
